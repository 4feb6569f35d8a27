#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A replayed log whose trims would need 256 GiB of buffers: a fio that allocates buffers for trims
# too needs more memory than there is, and the run is refused before it starts. Newer versions of
# fio do not count trims, and the log is replayed.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --size 1024G --store null
{
	echo "fio version 2 iolog"
	for action in add open "write 0 4096" "read 4096 4096" "trim 0 1073741824" close; do
		echo "$sock $action"
	done
} >"$dir/log"
[ "$(awk '/^MemTotal/ { print int($2 / 1024 / 1024) }' /proc/meminfo)" -lt 256 ] || skip "the machine has 256 GiB of memory or more"
if grep -q VBLK_FIO_HAS_MAX_RW_BS Makefile; then
	fio_ok --name=j --bs=4k --iodepth=256 --read_iolog="$dir/log" --filename="$sock"
	expect_line 'trim: ' "$dir/out"
else
	fio_fails "$sock: needs 262[0-9]{3} MiB of memory for rings and buffers, but only [0-9]+ MiB are available" --name=j --bs=4k \
		--iodepth=256 --read_iolog="$dir/log" --filename="$sock"
fi
stop_device
