#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that trims is refused if the device does not offer discard, or if vblk_features= forbids
# discard.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --features -discard --log-requests
fio_fails "$sock: job 't' trims, but the device does not offer discard .VIRTIO_BLK_F_DISCARD." --name=t --rw=trim \
	--bs=4k --size=64k --filename="$sock"
expect_no_line '^REQUEST' "$log"
stop_fake
start_fake b
fio_fails "$sock: job 't' trims, but vblk_features= forbids discard" --name=t --rw=randtrim --bs=4k --size=64k \
	--vblk_features=-discard --filename="$sock"
stop_fake
