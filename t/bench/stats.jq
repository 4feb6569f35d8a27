# SPDX-License-Identifier: GPL-2.0-only
# What compare.sh's runs are summed up with.

def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def spread: {median: median, min: min, max: max};

# Spread of each of the members named that the runs have.
def spreads($names):
	. as $runs
	| [$names[] | . as $name | select($runs[0][$name] != null) | {($name): ($runs | map(.[$name]) | spread)}]
	| add;

# Of the runs those that all of this is true of.
def having($what): map(select(. as $run | $what | to_entries | all(.value == $run[.key])));

# Round by round, as it was interleaved: how many times the others' figure these runs have; null without any.
def ratio_to($others; $name; $others_name):
	[.[] | . as $run | $others[] | select(.round == $run.round and .[$others_name] != 0) | $run[$name] / .[$others_name]]
	| if length == 0 then null else spread end;
def ratio_to($others; $name): ratio_to($others; $name; $name);

# ---- distributions: {"nanoseconds": requests}, as json+ has them ----

def all_bins: map(.bins | to_entries) | add | map({ns: (.key | tonumber), n: .value});

# Shares of the requests that took from each of these microseconds to the next.
def shares($edges):
	all_bins as $bins
	| ($bins | map(.n) | add) as $all
	| [range($edges | length) as $i
		| {from_us: $edges[$i], share: (($bins | map(select(.ns >= $edges[$i] * 1000
			and (($edges[$i + 1] // infinite) * 1000) > .ns) | .n) | add // 0) / $all)}];

# How many humps: tops of the distribution, in steps of 4 us, smoothed, with less than half of the lower one between
# any two. A tenth of the highest is none.
def humps:
	all_bins as $bins
	| (reduce $bins[] as $b ([range(250) | 0]; ([$b.ns / 4000 | floor, 249] | min) as $i | .[$i] += $b.n)) as $h
	| [range(250) | (if . > 0 then $h[. - 1] else 0 end) + $h[.] + ($h[. + 1] // 0)] as $h
	| ($h | max) as $top
	# A fall to half of the last top ends a hump, a rise to twice the least since begins the next.
	| reduce $h[] as $n ({humps: 0, high: 0, low: 0, up: false};
		if .up then
			if $n > .high then .high = $n
			elif $n * 2 < .high then .up = false | .low = $n
			else . end
		elif $n < .low then .low = $n
		elif $n * 10 > $top and $n > .low * 2 then .up = true | .high = $n | .humps += 1
		else . end)
	| .humps;
