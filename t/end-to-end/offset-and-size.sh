#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# offset= and size= limit what is written: data before and after the range is unchanged.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" 8388608
cp "$dir/a.img" "$dir/before"
start_qsd a
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=16 --offset=1M --size=2M --zero_buffers --filename="$sock"
zero_range "$img" 1048576 2097152 || fail "the range was not written"
same_range "$img" "$dir/before" 0 1048576 || fail "something was written before offset="
same_range "$img" "$dir/before" 3145728 5242880 || fail "something was written after size="
