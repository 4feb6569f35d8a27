#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The last sector can be written and read, and a device with an odd number of sectors has its full
# size.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" $((4096 * 1000 + 512 * 3))
cp "$dir/a.img" "$dir/before"
start_qsd a
last=$((4096 * 1000 + 512 * 2))
fio_ok --name=w --rw=write --bs=512 --offset=$last --zero_buffers --filename="$sock" --output-format=json
[ "$(json '.jobs[0].write.total_ios')" = 1 ] || fail "the last sector is not one request"
zero_range "$img" $last 512 || fail "the last sector was not written"
same_range "$img" "$dir/before" 0 $last || fail "data before the last sector changed"
[ "$(wc -c <"$img")" = $((last + 512)) ] || fail "the image changed its size"
fio_ok --name=r --rw=read --bs=512 --filename="$sock" --output-format=json
[ "$(json '.jobs[0].read.total_ios')" = $((1000 * 8 + 3)) ] || fail "fio did not read the whole device"
