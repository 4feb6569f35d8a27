#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job without filename= has no device and is refused with one message that names the option to
# set.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

fio_fails "job 'j' .*filename=" --name=j --rw=read --bs=4k --size=64k
fio_fails "filename=" --name=j --numjobs=4 --rw=write --bs=4k --size=64k --thread=1
# One message for each such job, not for each of its clones.
run_fio --rw=read --bs=4k --size=64k --name=one --numjobs=2 --name=two
[ $rc -ne 0 ] || fail "fio succeeded"
expect_count 2 '^vblk:' "$dir/err"
expect_count 1 "^vblk: job 'one' names no device" "$dir/err"
expect_count 1 "^vblk: job 'two' names no device" "$dir/err"
