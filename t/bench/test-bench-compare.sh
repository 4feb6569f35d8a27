#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# make bench-compare measures all figures and reports them as tables, as JSON and as pictures. This test checks only
# that every figure exists, not its value.
#
# ALL=1  test all parts, and another fio; takes minutes
# sanitizers: no (it measures time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq gnuplot strace taskset qemu-storage-daemon
[ -x "$builddir/t/vblk-device/vblk-device" ] || skip "t/vblk-device/vblk-device is not built (it needs libdpdk)"
[ "$(nproc)" -ge 2 ] || skip "two CPUs are needed"
[ -x "$builddir/t/bench/core-to-core" ] || fail "t/bench/core-to-core is not built"

# reserved: print the number of huge pages, while no other test reserves any
reserved() {
	flock /sys/kernel/mm/hugepages cat /proc/sys/vm/nr_hugepages
}
before=$(reserved)

# compare VARIABLE=VALUE...: run compare.sh with these variables
compare() {
	timeout -k 5 300 env FIO="$FIO" ENGINE="$ENGINE" OUT="$dir/bench" RUN_SECONDS=0.1 ROUNDS=1 TRIES=1 DEPTHS=1 \
		"$@" sh "$srcdir/t/bench/compare.sh" >"$dir/out" 2>"$dir/err" </dev/null ||
		fail "compare.sh ended with status $?"
}

# holds FILTER: expect a jq filter to be true of the summary
holds() {
	jq -e "$1" "$dir/bench/compare.json" >/dev/null || fail "the summary does not fulfil: $1"
}

if [ "${ALL:-0}" = 1 ]; then
	compare PARTS="depth large queues setup cpu calls" BACKENDS="device-null qsd-file"
else
	compare PARTS=depth BACKENDS="device-null qsd-file" VARIANTS="null split-spin-direct packed-block kernel-libaio default"
fi
holds '.failed == []'
holds '[.groups[] | select(.part == "depth" and .backend == "device-null") | .depth] | unique == [1]'
holds '[.groups[] | select(.part == "depth")] | all(.iops.median > 0 and .p50_ns.median > 0 and
	.p99_ns.median >= .p50_ns.median and .ratio.median > 0)'
holds '[.groups[] | select(.part == "depth" and .variant == "null")] | all(.ratio.median == 1)'
holds '[.groups[] | select(.part == "rtt")] | length > 0 and all(.value.median > 0)'
holds '[.environment.date, .environment.machine.cpu, .environment.machine.kernel, .environment.versions.fio,
	.environment.versions.qemu, .environment.versions.dpdk, .environment.versions.engine,
	.environment.versions.compiler] | all(length > 0)'

cmp -s "$dir/out" "$dir/bench/compare.txt" || fail "compare.txt differs from the standard output"
for line in '^device-null: ' '^qsd-file: ' '^ +1  split-spin-direct ' '^core-to-core round trip: [0-9]'; do
	expect_line "$line" "$dir/out"
done
for backend in device-null qsd-file; do
	expect_line '</svg>' "$dir/bench/$backend.svg"
	expect_line 'split-spin-direct' "$dir/bench/$backend.svg"
done
[ -e "$dir/bench/jobs/depth-device-null-split-spin-direct-1-1.fio" ] || fail "the job files are not kept"
[ "$(reserved)" = "$before" ] || fail "huge pages stay reserved"
expect_no_jobs_left

[ "${ALL:-0}" = 1 ] || exit 0
holds '[.groups[] | select(.part == "depth" and .backend == "device-null") | .variant] | unique ==
	["default", "null", "packed-spin", "packed-spin-direct", "split-block", "split-hybrid", "split-spin",
	"split-spin-direct"]'
holds '[.groups[] | select(.part == "depth" and .backend == "qsd-file") | .variant] | unique - ["blkio-block", "blkio-loop"] ==
	["default", "kernel-io_uring", "kernel-libaio", "null", "split-block", "split-hybrid", "split-spin", "split-spin-direct"]'
holds '[.groups[] | select(.part == "large" and .bytes_per_s)] | length >= 4 and all(.bytes_per_s.median > 0 and .ratio.median > 0)'
holds '[.groups[] | select(.part == "queues") | .jobs] | unique == [1, 2, 4]'
holds '[.groups[] | select(.part == "setup" and .value) | .variant] | sort == ["1", "64"]'
holds '[.groups[] | select(.part == "memory")] | length == 6 and all(.value.median > 0)'
holds '[.groups[] | select(.part == "idle")] | length == 4 and all(.cpu_percent.median >= 0)'
holds '[.groups[] | select(.part == "busy")] | length == 3 and all(.p50_ns.median >= 80000 and .humps > 0 and
	(.shares | map(.share) | add | . > 0.999 and . < 1.001))'
# Checks that do not depend on time: a polling device is never notified, any other device at most once per batch.
holds '[.groups[] | select(.part == "calls" and .backend == "device-null")] | length == 6 and all(.per_publish.kicks == 0)'
holds '[.groups[] | select(.part == "calls" and .backend == "qsd-null")] | length == 6 and all(.per_publish.kicks <= 1)'
holds '[.groups[] | select(.part == "calls" and .variant == "split-spin")] | all(.per_publish.sleeps == 0)'
holds '[.groups[] | select(.part == "strace")] | length == 1'
holds '.targets | length >= 8'
for line in '^set-up of 64 queue' '^memory shared' '^target ' '^depth 1, spin, polled null device'; do
	expect_line "$line" "$dir/out"
done

# With another fio: build the engine for that fio.
[ -n "${FIO_OTHER_SRC:-}" ] || exit 0
compare FIO="$FIO_OTHER_SRC/fio" FIO_SRC="$FIO_OTHER_SRC" ENGINE= PARTS=depth BACKENDS=device-null \
	VARIANTS="null split-spin" OUT="$dir/other"
jq -e '.failed == [] and ([.groups[] | select(.part == "depth") | .variant] | unique == ["null", "split-spin"])' \
	"$dir/other/compare.json" >/dev/null || fail "nothing measured with $FIO_OTHER_SRC/fio"
