#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk-info shows that a device is read-only.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

start_qsd a writable=off
info_ok --json "$sock"
fact '.read_only and (.features.usable | index("ro") != null)'
info_ok "$sock"
says read-only yes
