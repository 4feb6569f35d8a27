#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With a ring smaller than iodepth, mixed reads and writes still verify.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=32M
for ring in "--vblk_queue_size=16" "--vblk_queue_size=64 --vblk_features=-indirect_desc"; do
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randrw --bs=4k --size=8M --iodepth=64 $ring --verify=crc32c \
		--filename="$sock"
done
