#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# verify_backlog= reads back all data correctly while the job writes.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=8M
for how in "--verify_backlog=64" "--verify_backlog=256 --verify_backlog_batch=32" "--verify_backlog=1"; do
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randwrite --bs=4k --iodepth=16 --verify=crc32c $how --filename="$sock" --output-format=json
	[ "$(json '.jobs[0].read.total_ios')" = 2048 ] || fail "not everything was read back with $how"
done
