#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Nonsense in the device's event suppression may cost performance, not more: the job ends, well or by vblk_io_timeout=.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for features in -mq -event_idx; do
	start_fake a --garbage-event=5
	run_fio --name=j --vblk_ring=split --rw=randread --bs=4k --size=256k --iodepth=4 --vblk_features=$features --vblk_io_timeout=1s \
		--filename="$sock"
	[ $rc -eq 0 ] || expect_one_line 'vblk_io_timeout'
	kill -TERM "$fake"
	wait "$fake" || true
done
