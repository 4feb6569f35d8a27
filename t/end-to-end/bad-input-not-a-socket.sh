#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A regular file, a directory and a character device of another kind are refused, and the file is
# left unchanged.
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/file" 65536
cp "$dir/file" "$dir/before"
fio_fails "$dir/file: is a regular file" --name=j --rw=write --bs=4k --size=64k --filename="$dir/file"
cmp "$dir/file" "$dir/before" || fail "the file was changed"
fio_fails "$dir: is a directory" --name=j --rw=read --bs=4k --size=64k --filename="$dir"
fio_fails "/dev/null: is a character device" --name=j --rw=read --bs=4k --size=64k --filename=/dev/null
