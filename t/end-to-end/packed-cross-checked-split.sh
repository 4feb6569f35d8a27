#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Packed ring on the strict back-end: what was written through it is what a split ring reads, and
# the other way round; direct and indirect, with event_idx and without, sleeping and spinning, on a
# device that polls and one that sleeps.
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
