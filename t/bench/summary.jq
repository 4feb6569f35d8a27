# SPDX-License-Identifier: GPL-2.0-only
# Convert the runs of compare.sh to the figures that are reported.
include "stats";
include "targets";

# Ratio of a group's figures to the figures of its reference, or null if it has no reference.
def ratio($good; $reference):
	.[0] as $run
	| {part: $run.part, backend: $run.backend, depth: $run.depth} as $same
	| if $run.part == "depth" then ratio_to($good | having($same + {variant: $reference}); "iops")
	elif $run.part == "queues" then ratio_to($good | having($same + {variant: $run.variant, jobs: 1}); "iops")
	elif $run.part == "idle" then ratio_to($good | having($same + {variant: "split-block"}); "cpu_percent")
	elif $run.part == "large" and $run.bytes_per_s then
		ratio_to($good | having($same + {variant: (if $run.variant | endswith("huge") then "copy-2M" else "copy-none" end)});
			"bytes_per_s"; "value")
	else null end;

# Leave runs out that other processes disturbed, unless all runs are disturbed.
def undisturbed: map(select((.others_percent // 0) < $quiet)) as $calm | if $calm == [] then . else $calm end;

def key: [.part, .backend, .depth, .batch, .jobs, .variant];

map(select(.failed | not)) as $all
| ($all | group_by(key) | map(undisturbed) | add // []) as $good
| {
	environment: $environment[0],
	reference: $reference,
	targets: ($good | targets),
	groups: [
		$good | group_by(key)[]
		| (.[0] | {part, backend, depth, batch, jobs, variant}) + {rounds: length}
		+ spreads(["iops", "bytes_per_s", "p50_ns", "p90_ns", "p99_ns", "cpu_percent", "value"])
		+ {ratio: ratio($good; $reference)}
		+ if .[0].bins then
			{shares: shares([0, 80, 90, 100, 110, 120, 140, 200]), humps: humps} else {} end
		+ if .[0].stats then
			{per_publish: (. as $runs | (map(.stats.publishes) | add) as $publishes
				| reduce ("kicks", "sleeps") as $name
					({requests: (($runs | map(.requests) | add) / $publishes)};
					.[$name] = ($runs | map(.stats[$name]) | add) / $publishes))}
		else {} end
	],
	left_out: (($all | length) - ($good | length)),
	disturbed: ($good | map(select((.others_percent // 0) >= $quiet)) | length),
	failed: map(select(.failed)),
	runs: $all
}
