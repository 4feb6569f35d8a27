#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A flush that fails, or is never completed, fails the job, whichever option requested the flush and
# whenever it is sent, because the written data may not be durable. (fio 3.33 alone would lose the
# error.)
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 1M --orders "$dir/orders"
job="--name=j --rw=write --bs=4k --size=64k"
for sync in --fsync=4 --fdatasync=4 --sync_file_range=wait_before,write:4 --end_fsync=1 --fsync_on_close=1 \
	"--fsync=4 --iodepth=8" "--fsync=4 --vblk_wait=block --thread=1"; do
	for fault in "fail 1" "no-status 1"; do
		# shellcheck disable=SC2086
		order $fault flush
		# shellcheck disable=SC2086
		run_fio $job $sync --filename="$sock"
		[ $rc -ne 0 ] || fail "$sync, $fault: fio succeeded"
		expect_line '^fio: io_u error .*: (sync|datasync|sync_file_range) offset=' "$dir/err"
		expect_line '^fio: vblk: the device (answered with status 1 .IOERR.|completed the request without)' "$dir/err"
	done
done
order drop 1 flush
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': no completion for 1\\.[0-9] s" $job --end_fsync=1 --vblk_io_timeout=1s --filename="$sock"
