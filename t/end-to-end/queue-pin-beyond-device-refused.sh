#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A vblk_queue= that the back-end does not have, or that is not below vblk_queues=, is refused with
# one message. Other jobs run.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --queues 2
fio_fails "$sock: job 'j' has vblk_queue=5, but the device has 2 queues" --name=j --rw=read --bs=4k --size=64k \
	--vblk_queue=5 --filename="$sock"
fio_fails "$sock: job 'j' has vblk_queue=1, but vblk_queues=1" --name=j --rw=read --bs=4k --size=64k --vblk_queue=1 \
	--vblk_queues=1 --filename="$sock"
fio_fails "$sock: job 'j' has vblk_queue=5" --rw=read --bs=4k --size=64k --filename="$sock" --name=j --vblk_queue=5 \
	--name=good --vblk_queue=1
expect_line 'READ: .*io=64.0KiB' "$dir/out"
expect_backend_free
stop_fake
