#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info says why a feature that the device offers is not used.
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --features -flush,+geometry,-in_order
info_ok --json "$sock"
fact '.features.unused == [{"name": "geometry", "reason": "not implemented by this driver"},
	{"name": "config_wce", "reason": "needs flush, which is not offered"}]'
stop_fake
