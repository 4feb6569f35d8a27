#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a device never completes a request, vblk_io_timeout= ends the job even if runtime= has expired
# by then.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --stall-request 10
run_fio --name=j --rw=randread --bs=4k --iodepth=1 --time_based --runtime=1 --vblk_io_timeout=2s --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_one_line "job 'j': no completion for 2\\.[0-9] s with 1 requests outstanding \\(vblk_io_timeout\\)"
stop_fake
