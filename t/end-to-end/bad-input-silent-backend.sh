#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that does not answer a message is reported after vblk_timeout= with one error message
# that names the vhost-user message.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for message in GET_FEATURES GET_PROTOCOL_FEATURES GET_CONFIG GET_QUEUE_NUM SET_FEATURES; do
	start_fake a --stall-at $message
	fio_fails "$sock: no answer to $message within 1000 ms\$" --name=j --numjobs=2 --rw=write --bs=4k --size=64k \
		--vblk_timeout=1s --filename="$sock"
	stop_fake
done
