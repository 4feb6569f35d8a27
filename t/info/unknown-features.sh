#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info prints feature bits without a name as numbers, and says that the driver does not know
# them.
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --features +41,+63 --protocol-features +60,+inflight_shmfd
info_ok --json "$sock"
fact '.features.offered | index(41) != null and index(63) != null'
fact '.features.usable | index(41) == null'
fact '.features.unused[-2:] == [{"name": 41, "reason": "not known to this driver"},
	{"name": 63, "reason": "not known to this driver"}]'
fact '.protocol_features.unused == [{"name": "inflight_shmfd", "reason": "used only when asked for: vblk_inflight=1"},
	{"name": 60, "reason": "not known to this driver"}]'
info_ok "$sock"
expect_line '^features unused .*; 41, 63: not known to this driver$' "$dir/out"
says "protocol unused" "inflight_shmfd: used only when asked for: vblk_inflight=1; 60: not known to this driver"
stop_fake
