#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_segments=N divides every transfer into N equal segments, or into as many as it has sectors.
# The segments are counted and the data is read back, direct and indirect, packed and split.
# vblk_poison=0 makes sure that segments alone are handled correctly.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
for how in "packed - 1" "packed - 2" "packed - 3" "packed - 8" "packed - 64" "packed + 3" \
	"packed + 64" "split - 8" "split + 64"; do
	# shellcheck disable=SC2086
	set -- $how
	rm -f "$dir/stats"
	# 4k are 8 sectors.
	fio_ok --name=j --rw=randwrite --bs=4k --size=160k --iodepth=8 --verify=crc32c \
		--vblk_ring="$1" --vblk_features="$2indirect_desc" --vblk_segments="$3" --vblk_poison=0 \
		--vblk_stats="$dir/stats" --filename="$sock"
	expect_ring "$1"
	pieces=$(($3 < 8 ? $3 : 8))
	expect_stat ".[0] | .data_descriptors == (.reads + .writes) * $pieces"
done
stop_fake
