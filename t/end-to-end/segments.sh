#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Transfers larger than size_max are sent in several segments, and vblk_segments= divides smaller
# transfers. The data is correct in both cases.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --features +size_max --size-max 4K
fio_ok --name=j --rw=randwrite --bs=64k --size=4M --iodepth=8 --verify=crc32c --filename="$sock" --vblk_stats="$dir/stats"
[ "$(queue_stats '.data_descriptors >= (.reads + .writes) * 16')" = true ] || fail "the transfers had too few segments: $(cat "$dir/stats")"
fio_ok --name=j --rw=randwrite --bsrange=4k-128k --size=4M --iodepth=8 --vblk_features=-indirect_desc --verify=crc32c \
	--filename="$sock"
stop_fake
start_qsd b size=4M
for features in -mq -indirect_desc; do
	fio_ok --name=j --rw=randwrite --bsrange=512-16k --iodepth=8 --vblk_segments=5 --vblk_features=$features \
		--verify=crc32c --filename="$sock"
	psync_ok --name=j --rw=randwrite --bsrange=512-16k --verify=crc32c --verify_only --filename="$img"
done
