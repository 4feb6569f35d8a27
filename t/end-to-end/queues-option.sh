#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_queues= sets the number of queues, whatever the number of jobs. A number that is too small
# for the jobs, or too large for the device, is refused.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_ok --name=j --rw=read --bs=4k --size=64k --vblk_queues=3 --filename="$sock"
expect_count 3 '^SET_VRING_ENABLE [0-2] 1' "$log"
expect_line '3 of 4 queues' "$dir/out"
fio_fails "2 queues, but vblk_queues=1" --name=j --numjobs=2 --rw=read --bs=4k --size=64k --vblk_queues=1 --vblk_share=0 --filename="$sock"
fio_fails "vblk_queues=9, but the device has 4" --name=j --rw=read --bs=4k --size=64k --vblk_queues=9 --filename="$sock"
stop_fake
