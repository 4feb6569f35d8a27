#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A refused job gets no queue: if queues are scarce, the other jobs get them, whatever the job
# order.
. "${srcdir:-.}/t/end-to-end/lib.sh"

# one_refused PATTERN OPTION...: expect one message that matches, and that the good job read its 256
# KiB.
one_refused() {
	pattern=$1
	shift
	run_fio --bs=4k --size=256k "$@"
	[ $rc -ne 0 ] || fail "fio succeeded: $*"
	expect_one_line "$pattern"
	expect_line 'READ: .*io=256KiB' "$dir/out"
}

start_qsd ro queues=1 writable=off
one_refused "job 'w' writes, but the device is read-only" --filename="$sock" --name=w --rw=write --name=r --rw=read
one_refused "job 'w' writes, but the device is read-only" --filename="$sock" --name=r --rw=read --name=w --rw=write
start_qsd rw queues=4
one_refused "job 'bad' has bs=100, .*; the next multiple is 512" --filename="$sock" --name=bad --bs=100 --numjobs=4 --name=ok --bs=4k \
	--rw=read --numjobs=1
one_refused "job 'bad' has bs=100" --filename="$sock" --vblk_queues=1 --name=bad --bs=100 --name=ok --bs=4k --rw=read
one_refused "job 'bad' has bs=100" --filename="$sock" --vblk_queue=3 --name=bad --bs=100 --name=ok --bs=4k --rw=read
