# SPDX-License-Identifier: GPL-2.0-only
# Convert fio's report of a run to the line that is recorded.
[.jobs[] | .read] as $jobs
| $jobs[0].clat_ns as $clat
| {
	part: $part, backend: $backend, variant: $variant, depth: $depth, batch: $batch, jobs: ($jobs | length), round: $round,
	others_percent: $others,
	iops: ([$jobs[].iops] | add),
	bytes_per_s: ([$jobs[].bw_bytes] | add),
	requests: ([$jobs[].total_ios] | add),
	p50_ns: $clat.percentile["50.000000"],
	p90_ns: $clat.percentile["90.000000"],
	p99_ns: $clat.percentile["99.000000"],
	mean_ns: $clat.mean,
	cpu_percent: ([.jobs[] | .usr_cpu + .sys_cpu] | add)
}
+ if $clat.bins then {bins: $clat.bins} else {} end
+ ([$stats[] | select(.record == "queue")] as $queues
| if $queues | length > 0 then
	{stats: (reduce ("publishes", "kicks", "sleeps", "wakeups") as $name ({}; .[$name] = ([$queues[][$name]] | add)))}
else {} end)
