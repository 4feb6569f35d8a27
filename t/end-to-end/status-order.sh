#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver sets the device status in the order reset, ACKNOWLEDGE, DRIVER, FEATURES_OK (and reads
# it back), DRIVER_OK (INIT-1).
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
grep -E '^(SET_STATUS|GET_STATUS|SET_FEATURES|SET_VRING_NUM|KICK)' "$log" | sed 's/^\(SET_FEATURES\|KICK\).*/\1/' | uniq |
	tr '\n' ' ' >"$dir/order"
[ "$(cat "$dir/order")" = "SET_STATUS 0x0 SET_STATUS 0x1 SET_STATUS 0x3 SET_FEATURES SET_STATUS 0xb GET_STATUS \
SET_VRING_NUM 0 256 SET_STATUS 0xf KICK SET_STATUS 0x0 " ] || fail "the order is $(cat "$dir/order")"
stop_fake
