#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Invalid values in the device's event suppression can only cost performance: the job either
# succeeds or ends by vblk_io_timeout=, and all data it read until then is correct.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for ring in split packed; do
	for features in +event_idx,+indirect_desc -event_idx,-indirect_desc; do
		for wait in spin block; do
			start_fake a --garbage-event=5
			run_fio --name=j --rw=write --bs=4k --size=64k --iodepth=4 --vblk_ring=$ring --verify=crc32c \
				--vblk_wait=$wait --vblk_features=$features --vblk_io_timeout=1s --filename="$sock"
			[ $rc -eq 0 ] || expect_one_line 'vblk_io_timeout'
			expect_no_line 'verify' "$dir/err"
			expect_no_jobs_left
			kill -TERM "$fake"
			wait "$fake" || true
			expect_no_line COMPLAINT "$log"
		done
	done
done
