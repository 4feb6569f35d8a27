#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info shows all features that qemu-storage-daemon offers by name.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

start_qsd a size=24M queues=3 block=4096
info_ok --json "$sock"
fact ".path == \"$sock\" and .transport == \"vhost-user\" and .error == null"
fact '[.features.offered, .protocol_features.offered] | flatten | all(type == "string")'
fact '.features.usable | contains(["blk_size", "flush", "mq", "discard", "write_zeroes", "version_1"])'
fact '.features.not_offered | index("secure_erase") != null'
fact '.protocol_features.offered | contains(["mq", "reply_ack", "config", "configure_mem_slots", "backend_req"])'
fact '.protocol_features.used == ["mq", "reply_ack", "config", "configure_mem_slots"]'
fact '.queues == 3 and .memory_slots >= 1'
fact '.capacity_bytes == 25165824 and .logical_block_bytes == 4096'
fact '.limits.write_zeroes | .max_segments >= 1 and .max_bytes >= 4096 and has("may_unmap")'
fact '.limits.seg_max == 126 and .limits.size_max_bytes == null and .limits.secure_erase == null'
fact '.read_only == false and .cache.driver_can_choose'
fact '.id == "vhost_user_blk" and .lifetime == null and .zones == null'

# The first vblk-info disconnected properly, so the back-end serves the next one. The text output
# shows the same values.
info_ok "$sock"
says queues 3
says capacity "25165824 bytes (24 MiB)"
says "logical block" "4096 bytes (4 KiB)"
says "size of a segment" "no limit"
says "write zeroes" "at most 1 segment of 16777216 bytes (16 MiB), never unmaps"
says id '"vhost_user_blk"'
