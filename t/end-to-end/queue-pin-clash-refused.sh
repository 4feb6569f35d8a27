#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs that would run at the same time with the same vblk_queue= are refused, but no other jobs are.
# Jobs that run one after another may use the same queue.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
printf '[global]\nfilename=%s\nrw=write\nbs=4k\nsize=64k\nvblk_queue=1\nvblk_share=0\n[one]\n[two]\n' "$sock" >"$dir/jobs"
fio_fails "'one' and 'two' .*vblk_queue=1" "$dir/jobs"
expect_no_line '^REQUEST' "$log"
printf '[three]\nnumjobs=3\n' >>"$dir/jobs"
fio_fails "'one' and 'two' .*vblk_queue=1" "$dir/jobs"
expect_no_line '^REQUEST' "$log"
printf '[global]\nfilename=%s\nrw=write\nbs=4k\nsize=64k\nvblk_share=0\n[clones]\nnumjobs=3\nvblk_queue=1\n[other]\n' "$sock" >"$dir/jobs"
fio_fails "'clones' and 'clones' .*vblk_queue=1" "$dir/jobs"
expect_count 16 '^REQUEST 0 OUT' "$log"
expect_no_line '^REQUEST 1' "$log"
printf '[global]\nfilename=%s\nrw=write\nbs=4k\nsize=64k\nvblk_queue=1\nvblk_share=0\n[one]\n[two]\n' "$sock" >"$dir/jobs"
printf 'stonewall\n' >>"$dir/jobs"
fio_ok "$dir/jobs"
expect_count 32 '^REQUEST 1 OUT' "$log"
stop_fake
