#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whatever bytes the device ID contains, the output of vblk-info is printable, and its JSON is
# valid.
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --id "$(printf '\033[2J\377"\\\n\t\303\251<20>')"
info_ok --json "$sock"
fact '.id == "\\x1b[2J\\xff\"\\\\\\x0a\\x09\\xc3\\xa9<20>"'
info_ok "$sock"
says id '"\x1b[2J\xff"\\\x0a\x09\xc3\xa9<20>"'
! LC_ALL=C grep -q '[^ -~]' "$dir/out" || fail "the output contains unprintable characters"
stop_fake

start_fake a --id ""
info_ok "$sock"
says id '""'
stop_fake
