#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_ring= that contradicts vblk_features= is refused with one message before the device is
# opened.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_fails "$sock: vblk_ring and vblk_features=-ring_packed contradict each other" --name=j \
	--rw=write --bs=4k --size=64k --vblk_ring=packed --vblk_features=-ring_packed --filename="$sock"
fio_fails "$sock: vblk_ring and vblk_features=-mq,\\+ring_packed contradict each other" --name=j \
	--numjobs=2 --rw=write --bs=4k --size=64k --vblk_ring=split \
	--vblk_features=-mq,+ring_packed --filename="$sock"
expect_no_line CONNECT "$log"
stop_fake
