# SPDX-License-Identifier: GPL-2.0-only
# Functions that summarise the runs of compare.sh.

def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def spread: {median: median, min: min, max: max};

# Median, minimum and maximum of each named member that the runs have.
def spreads($names):
	. as $runs
	| [$names[] | . as $name | select($runs[0][$name] != null) | {($name): ($runs | map(.[$name]) | spread)}]
	| add;

# Select the runs that have all these members and values.
def having($what): map(select(. as $run | $what | to_entries | all(.value == $run[.key])));

# Ratio of these runs to the other runs of the same round, as interleaved; null if the rounds have no runs in common.
def ratio_to($others; $name; $others_name):
	[.[] | . as $run | $others[] | select(.round == $run.round and .[$others_name] != 0) | $run[$name] / .[$others_name]]
	| if length == 0 then null else spread end;
def ratio_to($others; $name): ratio_to($others; $name; $name);

# ---- distributions: {"nanoseconds": requests}, in the format of json+ ----

def all_bins: map(.bins | to_entries) | add | map({ns: (.key | tonumber), n: .value});

# Share of the requests between each of these latencies (in microseconds) and the next.
def shares($edges):
	all_bins as $bins
	| ($bins | map(.n) | add) as $all
	| [range($edges | length) as $i
		| {from_us: $edges[$i], share: (($bins | map(select(.ns >= $edges[$i] * 1000
			and (($edges[$i + 1] // infinite) * 1000) > .ns) | .n) | add // 0) / $all)}];

# Number of humps: maxima of the distribution in steps of 4 us, smoothed, between which it falls below half of the lower
# maximum. A maximum below a tenth of the highest one does not count.
def humps:
	all_bins as $bins
	| (reduce $bins[] as $b ([range(250) | 0]; ([$b.ns / 4000 | floor, 249] | min) as $i | .[$i] += $b.n)) as $h
	| [range(250) | (if . > 0 then $h[. - 1] else 0 end) + $h[.] + ($h[. + 1] // 0)] as $h
	| ($h | max) as $top
	# A fall to half of the last maximum ends a hump; a rise to twice the minimum since then begins the next.
	| reduce $h[] as $n ({humps: 0, high: 0, low: 0, up: false};
		if .up then
			if $n > .high then .high = $n
			elif $n * 2 < .high then .up = false | .low = $n
			else . end
		elif $n < .low then .low = $n
		elif $n * 10 > $top and $n > .low * 2 then .up = true | .high = $n | .humps += 1
		else . end)
	| .humps;
