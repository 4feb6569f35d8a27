#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring with the strict fake-backend: a split ring reads what was written through a packed
# ring, and the other way round. Tested with direct and indirect descriptors, with and without
# event_idx, with a sleeping and a spinning driver, and with a polling and a sleeping device.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --rw=randwrite --bsrange=512-16k --size=256k --iodepth=16 --verify=crc32c"
seed=0
for how in --poll ""; do
	# shellcheck disable=SC2086
	start_fake a $how
	for features in +indirect_desc,+event_idx -indirect_desc,+event_idx \
		+indirect_desc,-event_idx -indirect_desc,-event_idx; do
		for wait in block spin; do
			seed=$((seed + 1))
			# shellcheck disable=SC2086
			fio_ok $job --randseed=$seed --vblk_ring=packed --vblk_features=$features \
				--vblk_wait=$wait --filename="$sock"
			expect_ring packed
		done
	done
	# shellcheck disable=SC2086
	fio_ok $job --randseed=$seed --vblk_ring=split --verify_only --filename="$sock"
	expect_ring split
	seed=$((seed + 1))
	# shellcheck disable=SC2086
	fio_ok $job --randseed=$seed --vblk_ring=split --do_verify=0 --filename="$sock"
	# shellcheck disable=SC2086
	fio_ok $job --randseed=$seed --vblk_ring=packed --verify_only --filename="$sock"
	expect_ring packed
	stop_fake
done
