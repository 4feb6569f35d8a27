#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a device writes invalid values to the queue, vblk-info reports this in one error message.
. "${srcdir:-.}/t/info/lib.sh"

for packed in + -; do
	for fault in bad-used-id used-jump; do
		[ $packed$fault != +used-jump ] || continue
		start_fake a --features ${packed}ring_packed --$fault
		LIMIT=10 info_fails "^vblk: $sock: GET_ID: device error: " --timeout=2 "$sock"
		says queues 4
		says id "not known"
		stop_fake
	done
	# A wrong used length does no harm and is ignored.
	start_fake a --features ${packed}ring_packed --len-too-large
	info_ok --timeout=2 "$sock"
	says id '"fake-backend"'
	stop_fake
done
