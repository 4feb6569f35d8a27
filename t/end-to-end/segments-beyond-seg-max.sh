#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_segments= is accepted up to seg_max and refused above it.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --seg-max 8
fio_fails "$sock: job 'j' has vblk_segments=9, but a request of the device holds at most 8 segments" --name=j --rw=read \
	--bs=8k --size=64k --vblk_segments=9 --filename="$sock"
fio_ok --name=j --rw=write --bs=8k --size=64k --vblk_segments=8 --verify=crc32c --filename="$sock"
stop_fake
start_device b --seg-max 64
fio_fails "$sock: job 'j' has vblk_segments=65, but a request of the device holds at most 64 segments" --name=j \
	--rw=read --bs=64k --size=64k --vblk_segments=65 --filename="$sock"
fio_ok --name=j --rw=write --bs=64k --size=256k --vblk_segments=64 --verify=crc32c \
	--filename="$sock"
fio_fails "$sock: job 'j': vblk_segments=.* is out of range .1 to 1024." --name=j --rw=read \
	--bs=64k --size=64k --vblk_segments=0 --filename="$sock"
stop_device
