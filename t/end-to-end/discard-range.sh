#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A trim is sent as a discard: the range then reads as zero and its blocks are deallocated, and the
# data before and after it is unchanged.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" 8388608
cp "$dir/a.img" "$dir/before"
start_qsd a
used=$(du -k "$img" | cut -f1)
fio_ok --name=t --rw=trim --bs=64k --iodepth=8 --offset=2M --size=4M --filename="$sock" --output-format=json
[ "$(json '.jobs[0].trim.total_ios')" = 64 ] || fail "not every block was trimmed"
zero_range "$img" 2097152 4194304 || fail "the range does not read as zero"
same_range "$img" "$dir/before" 0 2097152 || fail "something before the range was trimmed"
same_range "$img" "$dir/before" 6291456 2097152 || fail "something after the range was trimmed"
[ "$(du -k "$img" | cut -f1)" -lt "$used" ] || fail "no block was deallocated"
