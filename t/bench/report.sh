#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Print the results of compare.sh as tables: report.sh COMPARE.JSON
set -eu
json=$1

# rows FILTER: print each array that the filter returns as a line of fields separated by tabs
rows() {
	jq -r "$1 | @tsv" "$json"
}

# with FILTER: return true if the filter is true of any group
with() {
	[ "$(jq "[.groups[] | select($1)] | length > 0" "$json")" = true ]
}

jq -r '.environment | "\(.date)  \(.machine.cpu), \(.machine.cores) CPUs, \(.machine.hypervisor), \(.machine.kernel)",
	([.versions.fio, .versions.qemu, "DPDK \(.versions.dpdk)",
		(if .versions.libblkio != "" then "libblkio \(.versions.libblkio)" else empty end)] | join("; ")),
	"engine \(.versions.engine); \(.versions.compiler), \(.versions.cflags)",
	"fio on CPU \(.settings.cpus | split(" ")[0]), back-end on CPU \(.settings.cpus | split(" ")[1]); "
	+ "\(.settings.rounds) rounds, \(.settings.seconds) s a run, batches of half the depth, \(.settings.batch_max) at most; "
	+ "all figures are medians"' "$json"

jq -r '[.groups[] | select(.part == "rtt") | .value] | if length == 0 then empty else "core-to-core round trip: " +
	"\(map(.median) | add / length | round) ns (\(map(.min) | min | round)..\(map(.max) | max | round))" end' "$json"

for backend in $(jq -r '[.groups[] | select(.part == "depth") | .backend] | unique[]' "$json"); do
	printf '\n%s: 4 KiB random reads\n' "$backend"
	rows '.groups | map(select(.part == "depth" and .backend == "'"$backend"'")) | sort_by(.depth)[]
		| [.depth, .variant, .iops.median, .iops.min, .iops.max, .p50_ns.median, .p99_ns.median,
		.cpu_percent.median, (.ratio // {}).median // "-", (.ratio // {}).min // "-", (.ratio // {}).max // "-"]' |
	awk -F '\t' -v reference="$(jq -r .reference "$json")" '
		NR == 1 { printf "%6s  %-20s %9s %19s %9s %9s %6s %9s %14s\n", "depth", "variant", "kIOPS", "min..max",
			"p50 us", "p99 us", "cpu %", "/ " reference, "min..max" }
		depth != $1 { depth = $1; if (NR > 1) print "" }
		{ printf "%6d  %-20s %9.1f %19s %9.2f %9.2f %6.1f %9s %14s\n", $1, $2, $3 / 1000,
			sprintf("%.1f..%.1f", $4 / 1000, $5 / 1000), $6 / 1000, $7 / 1000, $8,
			$9 == "-" ? "-" : sprintf("%.3f", $9), $9 == "-" ? "" : sprintf("%.3f..%.3f", $10, $11) }'
done

if with '.part == "large"'; then
	printf '\ndevice-ram: 1 MiB sequential reads, compared with the copy rate of the same CPU\n'
	rows '.groups | map(select(.part == "large")) | sort_by([.depth, .variant])[] | (.bytes_per_s // .value) as $rate
		| [.depth, .variant, $rate.median, $rate.min, $rate.max, (.ratio // {}).median // "-"]' |
	awk -F '\t' '
		NR == 1 { printf "%6s  %-20s %9s %19s %9s\n", "depth", "variant", "GB/s", "min..max", "/ copy" }
		{ printf "%6d  %-20s %9.2f %19s %9s\n", $1, $2, $3 / 1e9, sprintf("%.2f..%.2f", $4 / 1e9, $5 / 1e9),
			$6 == "-" ? "-" : sprintf("%.3f", $6) }'
fi

if with '.part == "queues"'; then
	printf '\ndevice-null: jobs with one queue each, all on one CPU; depth 32\n'
	rows '.groups | map(select(.part == "queues")) | sort_by([.variant, .jobs])[]
		| [.jobs, .variant, .iops.median, .iops.min, .iops.max, .ratio.median // "-"]' |
	awk -F '\t' '
		NR == 1 { printf "%6s  %-20s %9s %19s %9s\n", "queues", "variant", "kIOPS", "min..max", "/ 1 queue" }
		{ printf "%6d  %-20s %9.1f %19s %9.3f\n", $1, $2, $3 / 1000, sprintf("%.1f..%.1f", $4 / 1000, $5 / 1000), $6 }'
fi

if with '.part == "setup"'; then
	echo
	rows '.groups[] | select(.part == "setup" and .value) | [.variant, .value.median, .value.min, .value.max]' |
	awk -F '\t' '{ printf "set-up of %s queue(s), from the connection to the last running queue: %.2f ms (%.2f..%.2f)\n", $1,
		$2 / 1000, $3 / 1000, $4 / 1000 }'
	rows '.groups | map(select(.part == "memory")) | . as $all
		| [$all[].variant | split("-")[1] | tonumber] | unique[] as $jobs
		| [$jobs] + [("mapped", "touched") as $what | $all[] | select(.variant == "\($what)-\($jobs)") | .value.median]' |
	awk -F '\t' '{ printf "memory shared with the device, %d job(s) of depth 32: %.0f KiB, of which touched %.0f KiB\n", $1,
		$2 / 1024, $3 / 1024 }'
fi

if with '.part == "idle"'; then
	printf '\ndevice that answers in 80 to 100 us, 100 requests per second: CPU time of the job\n'
	rows '.groups[] | select(.part == "idle")
		| [.variant, .cpu_percent.median, .cpu_percent.min, .cpu_percent.max, .ratio.median // "-"]' |
	awk -F '\t' '
		NR == 1 { printf "%-20s %9s %15s %9s\n", "variant", "cpu %", "min..max", "/ block" }
		{ printf "%-20s %9.3f %15s %9.3f\n", $1, $2, sprintf("%.3f..%.3f", $3, $4), $5 }'
fi

if with '.part == "busy"'; then
	printf '\nthe same device, busy: latency, and share of the requests by latency in us\n'
	jq -r '[.groups[] | select(.part == "busy")][0].shares | map(.from_us) | @tsv' "$json" |
	awk -F '\t' '{
		printf "%-20s %9s %9s %9s %6s", "variant", "p50 us", "p90 us", "p99 us", "humps"
		for (i = 1; i <= NF; i++)
			printf "%9s", i < NF ? $i ".." $(i + 1) : $i ".."
		print ""
	}'
	rows '.groups[] | select(.part == "busy")
		| [.variant, .p50_ns.median, .p90_ns.median, .p99_ns.median, .humps] + (.shares | map(.share))' |
	awk -F '\t' '{
		printf "%-20s %9.1f %9.1f %9.1f %6d", $1, $2 / 1000, $3 / 1000, $4 / 1000, $5
		for (i = 6; i <= NF; i++)
			printf "%8.1f%%", $i * 100
		print ""
	}'
fi

if with '.part == "calls"'; then
	printf '\ndepth 32: system calls per batch, by the statistics of the engine\n'
	rows '.groups | map(select(.part == "calls")) | sort_by([.backend, .batch, .variant])[]
		| [.backend, .batch, .variant, .per_publish.requests, .per_publish.kicks, .per_publish.sleeps]' |
	awk -F '\t' '
		NR == 1 { printf "%-12s %6s  %-20s %14s %14s %14s\n", "back-end", "batch", "variant", "requests/batch",
			"kicks/batch", "sleeps/batch" }
		{ printf "%-12s %6d  %-20s %14.2f %14.4f %14.4f\n", $1, $2, $3, $4, $5, $6 }'
	rows '.groups[] | select(.part == "strace") | [.value.median, .value.min, .value.max]' |
	awk -F '\t' '{ printf "spin, polled device: %d system calls (%d..%d) for a million requests, by strace\n", $1, $2, $3 }'
fi

jq -r 'if (.targets | length) == 0 then empty else "T", (.targets[] | [.what,
	"\(.relation) \(.wanted * 1000 | round / 1000) \(.unit)", "\(.measured * 1000 | round / 1000) \(.unit)",
	(if .met then "met" else "NOT met" end)] | @tsv) end' "$json" |
awk -F '\t' '
	$1 == "T" { printf "\n%-88s %12s %12s\n", "target", "wanted", "measured"; next }
	{ printf "%-88s %12s %12s  %s\n", $1, $2, $3, $4 }'

jq -r '"",
	(if .left_out > 0 then "\(.left_out) of \(.runs | length) runs are left out: other processes used the CPUs during these runs" else empty end),
	(if .disturbed > 0 then "\(.disturbed) runs count although other processes used the CPUs: no better runs are available" else empty end),
	([.failed[] | "\(.part), \(.backend), \(.variant), depth \(.depth)"] | group_by(.)[]
		| "failed \(length) times: \(.[0])")' "$json"
