#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A typical job file of an integrity test for storage targets: verified backlogs of mixed block
# sizes, in threads, on several devices, with a flush whenever a device is closed, mem=mmaphuge and
# pre_read=1.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

cat >"$dir/integrity.fio" <<E2
[global]
thread=1
group_reporting=1
direct=1
norandommap=1
bsrange=4k-64k
iodepth=16
size=8M
io_size=4M
mem=mmaphuge
pre_read=1
verify=md5
do_verify=1
verify_backlog=64
verify_fatal=1
verify_state_save=0
fsync_on_close=1
[write]
rw=randwrite
[mixed]
stonewall
rw=randrw
[sequential]
stonewall
rw=write
loops=2
openfiles=1
E2
start_qsd a
a=$sock
start_qsd b
fio_ok --filename="$a:$sock" "$dir/integrity.fio"
fio_ok --filename="$a:$sock" --thread=0 "$dir/integrity.fio"
