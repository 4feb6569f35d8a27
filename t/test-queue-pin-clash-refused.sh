#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two jobs at the same time on one pinned queue are refused; one after the other they are not.
. "${srcdir:-.}/t/lib.sh"

start_fake a --log-requests
printf '[global]\nfilename=%s\nrw=write\nbs=4k\nsize=64k\nvblk_queue=1\n[one]\n[two]\n' "$sock" >"$dir/jobs"
fio_fails "'one' and 'two' .*vblk_queue=1" "$dir/jobs"
expect_no_line '^REQUEST' "$log"
printf 'stonewall\n' >>"$dir/jobs"
fio_ok "$dir/jobs"
expect_count 32 '^REQUEST 1 OUT' "$log"
stop_fake
