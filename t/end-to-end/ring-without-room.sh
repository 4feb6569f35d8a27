#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A request has three descriptors, so rings of 1 and 2 entries are refused with one message, packed
# and split, direct and indirect. A ring smaller than vblk_segments= requires, and a ring above the
# largest allowed size, are refused as well.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --max-queue-size 32768 --log-requests
job="--name=j --rw=read --bs=4k --size=64k"
for ring in packed split; do
	for how in "1 +" "2 +" "2 -"; do
		size=${how% *}
		# shellcheck disable=SC2086
		fio_fails "$sock: job 'j': vblk_queue_size=$size has no room for a request of 3 descriptors" $job \
			--vblk_ring=$ring --vblk_queue_size="$size" \
			--vblk_features="${how#* }indirect_desc" --filename="$sock"
	done
	# shellcheck disable=SC2086
	fio_fails "$sock: job 'j': vblk_queue_size=8 has no room for a request of 10 descriptors" $job \
		--vblk_ring=$ring --vblk_queue_size=8 --vblk_segments=8 --filename="$sock"
	# shellcheck disable=SC2086
	fio_fails "$sock: job 'j': vblk_queue_size=32769 is out of range .0 to 32768." $job \
		--vblk_ring=$ring --vblk_queue_size=32769 --filename="$sock"
done
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': vblk_queue_size=3 is not a power of two" $job --vblk_ring=split \
	--vblk_queue_size=3 --filename="$sock"
expect_no_line '^REQUEST' "$log"
expect_backend_free
stop_fake
