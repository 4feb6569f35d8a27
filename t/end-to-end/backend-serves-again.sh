#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that accepts one connection at a time serves run after run, including after a run that
# was refused, and after a run whose main process was killed: the jobs of such a run end by
# themselves.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --filename="$sock"
fio_fails 'bs=300' --name=j --rw=read --bs=300 --size=1M --filename="$sock"
for wait in spin block hybrid; do
	: >"$log"
	start_fio --name=j --rw=randwrite --bs=4k --iodepth=8 --numjobs=2 --time_based --runtime=300 --vblk_wait=$wait \
		--filename="$sock"
	wait_until 20 has 20 '^KICK 0' "$log" || fail "no request reached the device"
	wait_until 20 has 20 '^KICK 1' "$log" || fail "no request reached the device"
	kill -KILL "$fio"
	wait "$fio" 2>/dev/null
	wait_until 8 only_backends || fail "$wait: a job still runs although fio was killed"
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --filename="$sock"
done
stop_fake
