#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that never completes a request, or exits, does not block vblk-info for longer than
# --timeout=. vblk-info prints what it knows.
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --stall-request 1
LIMIT=10 info_fails "^vblk: $sock: GET_ID: device did not complete a request within 500 ms\$" --timeout=0.5 "$sock"
says queues 4
says id "not known"
says lifetime "not known"
stop_fake

start_fake a --die-at-request 1
LIMIT=10 info_fails "^vblk: $sock: GET_ID: back-end closed the connection" "$sock"
says queues 4
