#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A pinned queue that the back-end does not have is refused with one line.
. "${srcdir:-.}/t/lib.sh"

start_fake a --queues 2
fio_fails "need 6 queues, but the back-end has 2" --name=j --rw=read --bs=4k --size=64k --vblk_queue=5 --filename="$sock"
expect_backend_free
stop_fake
