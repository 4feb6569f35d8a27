#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info counts the zones of a zoned device by type and state. With --zones it also lists them.
. "${srcdir:-.}/t/info/lib.sh"

start_device a --zoned --zone-size 1M --size 16M --conventional-zones 2 --max-open-zones 4 --max-active-zones 6
info_ok --json "$sock"
fact '.zones | .model == "host-managed" and .count == 16 and .zone_bytes == 1048576'
fact '.zones | .max_open == 4 and .max_active == 6 and .write_granularity_bytes >= 512'
fact '.zones.types == {"conventional": 2, "sequential_write_required": 14, "sequential_write_preferred": 0}'
fact '.zones.states | .not_wp == 2 and .empty == 14 and (add == 16)'
fact '.zones | has("list") | not'

info_ok --json --zones "$sock"
fact '.zones.list | length == 16 and ([.[].start_bytes] == [range(16) * 1048576])'
fact '.zones.list | all(.bytes == 1048576 and .capacity_bytes <= 1048576 and .capacity_bytes > 0)'
fact '.zones.list[0] == {"type": "conventional", "state": "not_wp", "start_bytes": 0, "bytes": 1048576,
	"capacity_bytes": 1048576, "write_pointer_bytes": null}'
fact '.zones.list[2:] | all(.state == "empty" and .write_pointer_bytes == .start_bytes)'

info_ok --zones "$sock"
says "zoned model" host-managed
says zones 16
says "zone size" "1048576 bytes (1 MiB)"
says "zones open at a time" 4
says "zones active at a time" 6
says "zone types" "2 conventional, 14 sequential_write_required"
says "zone states" "2 not_wp, 14 empty"
says discard "not usable"
expect_line '^features unused .*discard: not for host-managed devices' "$dir/out"
expect_count 16 '^zone [0-9]+: ' "$dir/out"
expect_line '^zone 0: conventional, not_wp, start 0, length 1048576, capacity [0-9]+$' "$dir/out"
expect_line '^zone 15: sequential_write_required, empty, start 15728640, length 1048576, capacity [0-9]+, write pointer 15728640$' "$dir/out"
stop_device
