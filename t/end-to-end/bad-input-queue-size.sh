#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A ring size is refused if it is not a power of two (split ring), too small for a request, or
# larger than the back-end accepts.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --max-queue-size 256
fio_fails "vblk_queue_size=100 is not a power of two" --name=j --rw=read --bs=4k --size=64k --vblk_queue_size=100 --vblk_ring=split \
	--filename="$sock"
fio_fails "vblk_queue_size=2 has no room for a request of 3" --name=j --rw=read --bs=4k --size=64k --vblk_queue_size=2 \
	--vblk_features=-indirect_desc --filename="$sock"
fio_fails "$sock: .*(SET_VRING_NUM|512)" --name=j --rw=read --bs=4k --size=64k --vblk_queue_size=512 --filename="$sock"
expect_backend_free
stop_fake
