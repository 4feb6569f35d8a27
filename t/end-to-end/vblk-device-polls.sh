#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that polls and suppresses notifications gets few or none, and all requests complete.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --poll
for features in -mq -event_idx; do
	rm -f "$dir/stats"
	fio_ok --name=j --vblk_ring=split --rw=randwrite --bs=4k --size=4M --iodepth=16 --verify=crc32c --vblk_features=$features \
		--vblk_stats="$dir/stats" --filename="$sock"
	[ "$(queue_stats '.kicks * 10 <= .publishes')" = true ] || fail "too many kicks: $(cat "$dir/stats")"
done
stop_fake
