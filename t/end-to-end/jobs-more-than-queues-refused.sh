#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If more jobs run at the same time than the back-end has queues, all are refused with one message
# that states both numbers.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests --queues 4
for thread in 0 1; do
	fio_fails "need 8 queues, but the device has 4" --name=j --thread=$thread --numjobs=8 --vblk_share=0 --rw=write --bs=4k \
		--size=64k --filename="$sock"
done
expect_no_line '^(KICK|REQUEST)' "$log"
expect_backend_free
stop_fake
