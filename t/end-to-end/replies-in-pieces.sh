#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replies that arrive byte by byte are assembled.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --split-replies
fio_ok --name=j --numjobs=2 --rw=randwrite --bs=4k --size=256k --offset_increment=1M --verify=crc32c --filename="$sock"
stop_fake
