#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Zeroes overwrite existing data, and reads return zeroes.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" 4194304
start_qsd a
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=8 --zero_buffers --filename="$sock"
zero_range "$img" 0 4194304 || fail "the image is not zero"
fio_ok --name=j --rw=read --bs=64k --verify=pattern --verify_pattern=0 --filename="$sock"
