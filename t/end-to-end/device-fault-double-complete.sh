#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the device completes a request twice, the job ends with one error message. There is no hang, no
# crash and no wrong data. If the driver sees the second completion at once, it reports a device
# error. On a packed ring, the id may belong to another request by then. That request then lacks its
# status, and the second completion has overwritten the descriptor that the device would have served
# next, so the device stops answering.
. "${srcdir:-.}/t/end-to-end/lib.sh"

# double_complete RING TIMEOUT LINE OPTION...
double_complete() {
	ring=$1 timeout=$2 line=$3
	shift 3
	start_fake a --double-complete=5
	run_fio --name=j --rw=randread --bs=4k --size=1M --iodepth=4 --vblk_ring="$ring" --vblk_io_timeout="$timeout" \
		--filename="$sock" "$@"
	[ $rc -ne 0 ] || fail "$ring $*: fio succeeded"
	expect_ring "$ring"
	expect_one_line "/a.sock: $line"
	expect_no_jobs_left
}

for mode in "spin 0" "block 0" "hybrid 1"; do
	double_complete split 20s 'queue 0: device error: ' --vblk_wait="${mode% *}" --thread="${mode#* }"
	stop_fake
done
seen=0
for mode in "spin 0 +" "spin 1 -" "block 0 -" "hybrid 1 +"; do
	for batch in 4 1; do
		# shellcheck disable=SC2086
		set -- $mode
		double_complete packed 1s '.*(device error: |vblk_io_timeout|closed the connection)' --vblk_wait="$1" \
			--thread="$2" --vblk_features="$3indirect_desc" --iodepth_batch_complete_max=$batch
		[ $batch = 1 ] || ! grep -q 'device error: ' "$dir/err" || seen=1
		kill -TERM "$fake"
		wait "$fake" || true
	done
done
[ $seen = 1 ] || fail "the driver never reported a device error for a second completion"
