#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whatever is wrong with an answer of the back-end's, there is one line that names the message, and an end.
. "${srcdir:-.}/t/lib.sh"

for fault in "close-at GET_FEATURES" "close-at GET_CONFIG" "close-at SET_VRING_NUM" "truncate-at GET_FEATURES" \
	"truncate-at GET_CONFIG" "wrong-reply-at GET_FEATURES" "wrong-reply-at GET_CONFIG" "no-reply-flag-at GET_FEATURES" \
	"wrong-version-at GET_PROTOCOL_FEATURES" "wrong-size-at GET_QUEUE_NUM" "wrong-size-at GET_CONFIG" \
	"extra-fd-at GET_FEATURES" "nack SET_FEATURES" "nack ADD_MEM_REG" "nack SET_VRING_KICK" "nack SET_VRING_ENABLE"; do
	start_fake a --"${fault% *}" "${fault#* }"
	fio_fails "$sock: .*${fault#* }" --name=j --rw=write --bs=4k --size=64k --vblk_timeout=2s --filename="$sock"
	stop_fake
	expect_no_line '^KICK' "$log"
	rm -f "$log"
done
