#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rw=trimwrite sends a trim and a write to the same offset. At any depth, the written data is there
# at the end.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=32M
for rw in trimwrite randtrimwrite; do
	fio_ok --name=j --rw=$rw --bs=64k --size=16M --iodepth=8 --filename="$sock" --verify=crc32c
done
