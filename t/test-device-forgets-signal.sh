#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that forgets a signal delays a sleeper, and does not stop it.
. "${srcdir:-.}/t/lib.sh"

start_fake a --forget-signal 100
fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=1M --iodepth=4 --vblk_wait=block --verify=crc32c --filename="$sock"
expect_line '^FORGET' "$log"
stop_fake
