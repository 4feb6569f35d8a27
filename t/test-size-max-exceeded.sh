#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A transfer larger than seg_max times size_max is refused with one line; one of just that is taken.
. "${srcdir:-.}/t/lib.sh"

start_device a --size-max 4096 --seg-max 16
for ring in packed split; do
	fio_fails "$sock: job 'j' transfers 131072 bytes at once, but the device takes 65536" --name=j \
		--rw=write --bs=128k --size=1M --vblk_ring=$ring --filename="$sock"
	fio_fails "$sock: job 'j' transfers 66048 bytes at once, but the device takes 65536" --name=j \
		--rw=randread --bsrange=512-66048 --size=1M --vblk_ring=$ring --filename="$sock"
	fio_ok --name=j --rw=write --bs=64k --size=1M --vblk_ring=$ring --verify=crc32c \
		--filename="$sock"
done
stop_device
