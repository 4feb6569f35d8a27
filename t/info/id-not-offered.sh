#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that does not do GET_ID is fine: it has no id.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --status 2
info_ok --json "$sock"
fact 'has("id") and .id == null and .error == null'
info_ok "$sock"
says id "not offered"
stop_fake
