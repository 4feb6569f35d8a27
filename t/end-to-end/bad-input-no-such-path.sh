#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A path that does not exist is reported once, however many jobs name it.
. "${srcdir:-.}/t/end-to-end/lib.sh"

fio_fails "$dir/none: No such file or directory.*filename=" --name=j --rw=read --bs=4k --size=64k --filename="$dir/none"
fio_fails "$dir/none: No such file" --name=j --numjobs=4 --rw=write --bs=4k --size=64k --filename="$dir/none"
[ ! -e "$dir/none" ] || fail "fio created the file"
