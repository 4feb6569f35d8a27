#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Latencies of syncs are plausible: greater than zero and not longer than the run, whether the sync
# sends a flush or not.
# quick: yes
# newest fio: yes
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
check_latency() {
	run_ns=$(json '.jobs[0].job_runtime * 1000000 + 1000000')
	max_ns=$(json '.jobs[0].sync.lat_ns.max')
	[ "$(json '.jobs[0].sync.total_ios')" -ge 60 ] || fail "$1: not every sync is counted"
	[ "$max_ns" -gt 0 ] || fail "$1: syncs took no time"
	[ "$max_ns" -le "$run_ns" ] || fail "$1: a sync took $max_ns ns of a run of $run_ns ns"
	for what in slat clat lat; do
		[ "$(json ".jobs[0].write.${what}_ns.max")" -le "$run_ns" ] || fail "$1: ${what} of writes is too long"
	done
}
start_fake a
for depth in 1 8; do
	fio_ok --name=j --rw=write --bs=4k --size=256k --fsync=1 --iodepth=$depth --filename="$sock" --output-format=json
	check_latency "write-back, depth $depth"
done
stop_fake
start_fake b --features -flush,-config_wce
fio_ok --name=j --rw=write --bs=4k --size=256k --fsync=1 --iodepth=4 --filename="$sock" --output-format=json
check_latency "no cache"
stop_fake
