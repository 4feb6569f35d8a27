#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio --server runs the engine for a fio --client: the data is written, the client gets the report,
# and the server can run the next job file.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=4M
start_fio --server="sock:$dir/server.sock"
wait_until 10 listens "$dir/server.sock" || fail "the server does not listen"
cat >"$dir/jobs" <<END
[global]
ioengine=external:$ENGINE
filename=$sock
bs=4k
verify=crc32c
[j]
rw=randwrite
iodepth=16
numjobs=2
size=2M
offset_increment=2M
END
for run in 1 2; do
	: >"$dir/client.log"
	timeout 60 "$FIO" --client="sock:$dir/server.sock" "$dir/jobs" >"$dir/client.log" 2>&1 </dev/null ||
		fail "run $run: the client ended with an error"
	expect_count 2 'j: [(]groupid=0, jobs=1[)]: err= 0' "$dir/client.log"
	sed "s|^filename=.*|filename=$img|; /^ioengine/d; s|^\[j\]|verify_only\n&|" "$dir/jobs" >"$dir/check"
	cp "$dir/out" "$dir/server.log"
	timeout 60 "$FIO" --ioengine=psync --aux-path="$dir/" "$dir/check" >"$dir/check.log" 2>&1 || fail "psync finds wrong data"
done
kill -TERM "$fio"
finish_fio 10
