#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that does not support GET_ID is no error: it has no ID.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --status 2
info_ok --json "$sock"
fact 'has("id") and .id == null and .error == null'
info_ok "$sock"
says id "not offered"
stop_fake
