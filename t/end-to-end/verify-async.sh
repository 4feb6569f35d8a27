#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# verify_async= verifies in additional threads of fio, for jobs that are processes and for jobs that
# are threads.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=8M
for thread in 0 1; do
	fio_ok --name=j --rw=randwrite --bs=4k --iodepth=32 --verify=crc32c --verify_async=2 --verify_backlog=256 \
		--thread=$thread --filename="$sock"
done
psync_ok --name=j --rw=randwrite --bs=4k --verify=crc32c --verify_only --filename="$img"
