#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that forgets a signal delays a sleeper, and does not stop it.
. "${srcdir:-.}/t/lib.sh"

# Where the driver was not asleep there was nothing to forget.
for n in 100 120 140 160 180 200; do
	start_fake a --forget-signal $n
	fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 \
		--vblk_wait=block --verify=crc32c --filename="$sock"
	stop_fake
	! grep -q '^FORGET' "$log" || exit 0
done
fail "no signal was ever due"
