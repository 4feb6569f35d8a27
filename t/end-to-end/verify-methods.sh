#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All verification methods of fio work, with iodepth=32.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=4M
for verify in crc32c md5 crc64 sha256 xxhash meta; do
	fio_ok --name=j --rw=randwrite --bs=4k --iodepth=32 --verify=$verify --filename="$sock" --output-format=json
	[ "$(json '.jobs[0].read.total_ios')" = 1024 ] || fail "$verify: not every block was read back"
done
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=32 --verify=pattern --verify_pattern=0xa5 --filename="$sock"
tr -d '\245' <"$img" | cmp -s - /dev/null || fail "the image does not contain the pattern"
