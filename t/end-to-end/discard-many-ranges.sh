#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A trim larger than the device's max_discard_sectors is sent as one request with several ranges
# (BLK: 5.2.6).
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --size 256M --log-requests
fio_ok --name=t --rw=trim --bs=80M --size=160M --filename="$sock"
expect_count 2 '^REQUEST 0 DISCARD sector=0 len=48$' "$log"
fio_ok --name=t --rw=trim --bs=32M --size=160M --filename="$sock"
expect_count 5 '^REQUEST 0 DISCARD sector=0 len=16$' "$log"
stop_fake
