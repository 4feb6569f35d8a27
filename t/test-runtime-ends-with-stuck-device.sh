#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# runtime= ends a job whose device never answers, without vblk_io_timeout=.
. "${srcdir:-.}/t/lib.sh"

start_fake a --stall-request 10
run_fio --name=j --rw=randread --bs=4k --iodepth=1 --time_based --runtime=1 --vblk_io_timeout=0 --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_one_line "job 'j': no completion for [0-9]* s with 1 requests outstanding \\(and fio wants to end\\)"
stop_fake
