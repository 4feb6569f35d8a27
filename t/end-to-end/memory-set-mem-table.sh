#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end without CONFIGURE_MEM_SLOTS receives SET_MEM_TABLE with one region, a back-end with it
# receives ADD_MEM_REG.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --protocol-features -configure_mem_slots
fio_ok --name=j --numjobs=2 --rw=randwrite --bs=4k --size=1M --offset_increment=1M --iodepth=8 --verify=crc32c --filename="$sock"
expect_count 1 '^SET_MEM_TABLE' "$log"
expect_no_line MEM_REG "$log"
stop_fake
start_fake b
fio_ok --name=j --numjobs=2 --rw=randwrite --bs=4k --size=1M --offset_increment=1M --iodepth=8 --verify=crc32c --filename="$sock"
expect_count 1 '^ADD_MEM_REG' "$log"
expect_no_line '^SET_MEM_TABLE' "$log"
stop_fake
