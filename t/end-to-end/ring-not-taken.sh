#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a back-end rejects a ring of the size that the engine chose, the engine tries smaller ones, on
# new connections, until the back-end accepts one. iodepth= may exceed the accepted ring. A size
# that the job set is not changed: the message names vblk_queue_size. If no smaller ring can be
# tried, or none is accepted, the message says so.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --max-queue-size 128 --queues 2
for features in "" "-indirect_desc" "-event_idx"; do
	for ring in split packed; do
		fio_ok --rw=randrw --bs=4k --size=4M --verify=crc32c ${features:+--vblk_features=$features} --vblk_ring=$ring \
			--filename="$sock" --name=deep --iodepth=512 --name=shallow --iodepth=4 --offset=4M
		expect_ring $ring 128
	done
done
fio_fails "$sock: queue 0, a ring of 256: .*SET_VRING_NUM.*; set vblk_queue_size to a size that the device accepts" --name=j \
	--rw=read --bs=4k --size=64k --vblk_queue_size=256 --filename="$sock"
# Only the ring whose size the engine chose is made smaller.
fio_ok --rw=write --bs=4k --size=1M --verify=crc32c --filename="$sock" --name=ours --name=theirs --vblk_queue_size=64 \
	--offset=1M
expect_line '^vblk: .* ring of 64 to 128, ' "$dir/out"
expect_backend_free
stop_fake

start_fake b --max-queue-size 16
fio_ok --name=j --rw=randrw --bs=64k --size=4M --iodepth=32 --verify=crc32c --filename="$sock"
expect_ring packed 16
stop_fake

# The ring may be as small as one request needs, but not smaller than vblk_segments= needs.
start_fake e --max-queue-size 4
fio_ok --name=j --rw=randrw --bs=4k --size=1M --iodepth=32 --vblk_features=-indirect_desc --verify=crc32c \
	--filename="$sock"
expect_ring packed 4
fio_fails "$sock: queue 0, a ring of 256: .*SET_VRING_NUM.*; vblk_segments=32 needs a ring of that size: set a lower vblk_segments" \
	--name=j --rw=read --bs=1M --size=4M --vblk_segments=32 --filename="$sock"
stop_fake

start_fake c --nack SET_VRING_KICK
fio_fails "$sock: queue 0, a ring of 256: .*SET_VRING_KICK.*; all ring sizes down to 4 entries were rejected" --name=j --rw=read --bs=4k --size=64k \
	--filename="$sock"
stop_fake

start_fake d --max-queue-size 128 --one-connection
fio_fails "$sock: queue 0, a ring of 256: .*could not be reached again to try a smaller ring .*vblk_queue_size" --name=j \
	--rw=read --bs=4k --size=64k --filename="$sock"
wait_until 5 gone "$fake" || fail "the back-end still waits"
