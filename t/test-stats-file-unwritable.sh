#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A statistics file that cannot be written is said in one line before anything is sent; one that
# can't be any more at the end is an error, too.
. "${srcdir:-.}/t/lib.sh"

start_fake a --log-requests
fio_fails "vblk_stats=$dir/none/stats: No such file or directory" --name=j --rw=read --bs=4k --size=64k \
	--vblk_stats="$dir/none/stats" --filename="$sock"
fio_fails "vblk_stats=$dir: Is a directory" --name=j --rw=read --bs=4k --size=64k --vblk_stats="$dir" --filename="$sock"
expect_no_line '^REQUEST' "$log"
fio_fails "vblk_stats=/dev/full: No space left on device" --name=j --rw=read --bs=4k --size=64k --vblk_stats=/dev/full \
	--filename="$sock"
expect_line '^REQUEST' "$log"
stop_fake
