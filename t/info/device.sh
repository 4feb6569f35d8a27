#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info shows what a device on DPDK's vhost library offers: rings, lifetime, secure erase, cache
# mode, ID.
# quick: yes
. "${srcdir:-.}/t/info/lib.sh"

# An ID of 20 bytes, the maximum length, has no terminating NUL.
start_device a --in-order --inflight --lifetime --secure-erase --wce --queues 2 --size 64M --id 12345678901234567890 \
	--max-secure-erase-seg 3 --max-secure-erase-sectors 2048 --secure-erase-alignment 8 --discard-alignment 16
info_ok --json "$sock"
fact '.features.usable | index("ring_packed") != null and index("in_order") == null'
fact '.features.unused == [{"name": "in_order", "reason": "used only when asked for: vblk_features=+in_order"}]'
fact '.protocol_features.unused == [{"name": "inflight_shmfd", "reason": "used only when asked for: vblk_inflight=1"}]'
fact '.queues == 2 and .memory_slots == null'
fact '.physical_block_bytes == 4096 and .min_io_bytes == 512 and .opt_io_bytes == null'
fact '.limits.secure_erase == {"max_segments": 3, "max_bytes": 1048576, "alignment_bytes": 4096}'
fact '.limits.discard.alignment_bytes == 8192 and .limits.write_zeroes.may_unmap'
fact '.cache == {"mode": "write-back", "driver_can_choose": true}'
fact '.id == "12345678901234567890"'
fact '.lifetime | length == 3 and all(.[]; .value == 1)'

info_ok "$sock"
says "features unused" "in_order: used only when asked for: vblk_features=+in_order"
says "secure erase" "at most 3 segments of 1048576 bytes (1 MiB), aligned to 4096 bytes (4 KiB)"
says cache "write-back, the driver can choose"
says id '"12345678901234567890"'
says "lifetime, pre-EOL" "less than 80% of reserved blocks consumed (1)"
says "lifetime, type A" "up to 10% used (1)"
stop_device

start_device b --no-flush --no-packed
info_ok "$sock"
says cache "write-through, the driver cannot choose"
says lifetime "not offered"
expect_line '^features not offered .*ring_packed' "$dir/out"
stop_device
