#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that needs something its device cannot do, or that has an invalid option value, fails alone,
# with one message for all its clones. The other jobs of the device run and verify, whatever the job
# order. A device that is left without jobs is not started.
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq

# refused PATTERN "GOOD" "BAD": run two jobs with these options, the bad one with clones, and expect
# that only the bad one is refused.
refused() {
	good="--name=good --rw=write --bs=4k --size=256k --verify=crc32c $2"
	bad="--name=bad --bs=4k --size=256k --numjobs=3 $3"
	for how in "$good $bad" "$bad $good" "$good --thread=1 $bad --thread=1"; do
		# shellcheck disable=SC2086
		run_fio --filename="$sock" --output-format=json $how
		[ $rc -ne 0 ] || fail "fio succeeded: $how"
		expect_count 1 '^vblk: .*: job ' "$dir/err"
		expect_line "^vblk: $sock: $1" "$dir/err"
		[ "$(report '[.jobs[] | select(.jobname == "bad") | .error] == [22, 22, 22]')" = true ] ||
			fail "the bad jobs did not all fail with EINVAL: $how"
		[ "$(report '.jobs[] | select(.jobname == "good") |
			[.error, .write.io_bytes, .read.io_bytes] == [0, 262144, 262144]')" = true ] ||
			fail "the good job did not do all of its work: $how"
	done
	expect_no_jobs_left
}

start_device a --block-size 4096 --size 8M --no-write-zeroes --seg-max 16 --queues 4
refused "job 'bad' has bs=512, which is not a multiple" "" "--rw=randread --bs=512"
refused "job 'bad' has offset=512" "" "--rw=read --offset=512"
refused "job 'bad' trims, but the device does not offer write_zeroes" "" "--rw=trim --vblk_trim=write_zeroes"
refused "job 'bad' has vblk_segments=17" "" "--rw=read --vblk_segments=17"
refused "job 'bad': vblk_segments=0 is out of range" "" "--rw=read --vblk_segments=0"
refused "job 'bad': vblk_io_timeout=1ms is out of range" "--vblk_io_timeout=10" "--rw=read --vblk_io_timeout=1ms"
refused "job 'bad': vblk_spin=25h is out of range" "" "--rw=read --vblk_spin=25h"
refused "job 'bad': vblk_queue=70000 is out of range" "--vblk_queue=-1" "--rw=read --stonewall --vblk_queue=70000"
refused "job 'bad': vblk_queue_size=100 is not a power" "--vblk_ring=split" "--rw=read --vblk_ring=split --vblk_queue_size=100"
refused "job 'bad': vblk_queue_size=2 has no room" "" "--rw=read --vblk_queue_size=2"
# The jobs run one after the other; the bad job has a second device; the good job waits for the bad
# one.
refused "job 'bad' has bs=512" "--stonewall" "--rw=randread --bs=512 --stonewall"
refused "job 'bad' has bs=512" "" "--rw=randread --bs=512 --filename=$sock:$sock"
# shellcheck disable=SC2086
run_fio --filename="$sock" --bs=4k --size=64k --name=bad --rw=read --bs=512 --name=good --bs=4k --wait_for=bad
[ $rc -eq 1 ] || fail "fio ended with status $rc"
expect_one_line "job 'bad' has bs=512"
expect_line 'READ: .*io=64.0KiB' "$dir/out"
stop_device

make_image "$dir/b.img" 1048576
start_qsd b writable=off size=1M
for order in "--name=w --rw=write --numjobs=2 --name=r --rw=randread" "--name=r --rw=randread --name=w --rw=write --numjobs=2"; do
	# shellcheck disable=SC2086
	run_fio --filename="$sock" --bs=4k --size=256k $order
	[ $rc -ne 0 ] || fail "fio succeeded"
	expect_one_line "$sock: job 'w' writes, but the device is read-only .VIRTIO_BLK_F_RO."
	expect_line 'READ: .*io=256KiB' "$dir/out"
done

# A job that one of its two devices cannot serve does not use the other one either. That device
# still serves the job that uses it alone.
ro=$sock
start_fake e --log-requests
run_fio --bs=4k --size=64k --rw=write --name=both --filename="$sock:$ro" --name=good --filename="$sock"
[ $rc -eq 1 ] || fail "fio ended with status $rc"
expect_one_line "$ro: job 'both' writes, but the device is read-only"
expect_count 16 '^REQUEST 0 OUT' "$log"
stop_fake

# Two wrong jobs cause two messages. No job is left, so nothing is started.
start_fake c --log-requests
other=$sock
start_fake d --log-requests
run_fio --bs=512 --size=64k --rw=read --name=one --vblk_segments=0 --filename="$other" --name=two \
	--rw=write --bs=100 --filename="$sock:$other"
[ $rc -eq 2 ] || fail "fio ended with status $rc"
expect_count 2 '^vblk:' "$dir/err"
expect_line "^vblk: $other: job 'one': vblk_segments=0" "$dir/err"
expect_line "^vblk: .*: job 'two' has bs=100" "$dir/err"
for log in "$dir/c.log" "$dir/d.log"; do
	expect_no_line 'SET_VRING|ADD_MEM_REG|^REQUEST' "$log"
done
expect_no_line '^vblk:' "$dir/out"
sock=$other expect_backend_free
expect_backend_free
