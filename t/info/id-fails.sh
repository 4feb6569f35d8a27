#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a request fails, vblk-info prints one error message and everything else that it knows, and
# exits with status 1.
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --fail-request 1
info_fails "^vblk: $sock: GET_ID: the device answered with status 1 \(IOERR\)\$" "$sock"
says queues 4
says id "not known"
says lifetime "not offered"
stop_fake

start_fake a --status 99
info_fails "^vblk: $sock: GET_ID: the device answered with status 99\$" --json "$sock"
fact '(has("id") | not) and .lifetime == null and .error == "GET_ID: the device answered with status 99"'
stop_fake

start_fake a --no-status
info_fails "^vblk: $sock: GET_ID: the device completed the request without writing its status\$" "$sock"
stop_fake

# The device offers lifetime, but does not support the request.
start_fake a --features +15
info_fails "^vblk: $sock: GET_LIFETIME: the device answered with status 2 \(UNSUPP\)\$" "$sock"
says id '"fake-backend"'
says lifetime "not known"
stop_fake
