#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_strict=1 a transfer larger than seg_max times size_max is refused. A vblk_segments=
# above seg_max is always refused.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --features +size_max --size-max 4K --seg-max 4 --size 4G
fio_fails "$sock: job 'j' transfers up to 65536 bytes at once, but a request of the device holds at most 16384" \
	--name=j --rw=write --bs=64k --size=1M --vblk_strict=1 --filename="$sock"
fio_fails "$sock: job 'j' has vblk_segments=9, but a request of the device holds at most 4 segments" \
	--name=j --rw=read --bs=4k --size=64k --vblk_segments=9 --filename="$sock"
stop_fake
