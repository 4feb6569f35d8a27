#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A statistics file that cannot be written is said in one line.
. "${srcdir:-.}/t/lib.sh"

start_qsd a
run_fio --name=j --rw=read --bs=4k --size=64k --vblk_stats="$dir/none/stats" --filename="$sock"
expect_one_line "vblk_stats=$dir/none/stats: No such file or directory"
