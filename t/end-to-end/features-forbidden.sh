#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_features=-name the feature is not accepted, and everything works without it.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=4M
for features in -event_idx -indirect_desc -event_idx,-indirect_desc -mq -flush -discard -seg_max,-size_max,-topology; do
	fio_ok --name=j --rw=randwrite --bsrange=4k-64k --iodepth=32 --verify=crc32c --vblk_features="$features" \
		--filename="$sock"
	for name in $(echo "$features" | tr ',' ' '); do
		expect_no_line "^vblk: .*features.*[ ,]${name#-}(,|\$)" "$dir/out"
	done
	psync_ok --name=j --rw=randwrite --bsrange=4k-64k --verify=crc32c --verify_only --filename="$img"
done
fio_ok --name=j --rw=read --bs=4k --size=64k --vblk_features=+event_idx,+indirect_desc --filename="$sock"
expect_line '^vblk: .*features .*indirect_desc,event_idx' "$dir/out"
