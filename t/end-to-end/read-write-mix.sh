#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rw=randrw mixes reads and writes in the proportion of rwmixread=.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a
fio_ok --name=j --rw=randrw --rwmixread=70 --bs=4k --iodepth=16 --filename="$sock" --output-format=json
reads=$(json '.jobs[0].read.total_ios')
writes=$(json '.jobs[0].write.total_ios')
[ $((reads + writes)) = 4096 ] || fail "$reads reads and $writes writes are not 4096"
[ "$reads" -gt 2600 ] && [ "$reads" -lt 3100 ] || fail "$reads of 4096 are not 70 %"
