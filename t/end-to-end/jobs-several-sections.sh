#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Sections of one job file share the device: different block sizes, depths and directions, and
# threads together with processes.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a
cat >"$dir/jobs" <<END
[global]
filename=$sock
size=2M
verify=crc32c
[small]
rw=randwrite
bs=4k
iodepth=32
[large]
rw=write
bs=256k
offset=2M
iodepth=4
[threaded]
thread=1
rw=randwrite
bsrange=4k-64k
offset=4M
iodepth=8
[reader]
verify=0
rw=read
bs=128k
offset=6M
END
fio_ok --output-format=json --vblk_notes=stderr "$dir/jobs"
[ "$(json '[.jobs[] | select(.error == 0)] | length')" = 4 ] || fail "not all four jobs succeeded"
expect_count 1 '^vblk: .*, 4 of 4 queues,' "$dir/err"
sed "s|^filename=.*|filename=$img|; s|^verify=crc32c|&\nverify_only|; /^\[reader/,\$d" "$dir/jobs" >"$dir/check"
psync_ok "$dir/check"
