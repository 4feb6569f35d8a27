#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A sleeping driver at depth 128 misses no completion of qemu-storage-daemon, which uses event_idx:
# reads, writes and verification for VBLK_SOAK seconds (default 10), without a stall.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=16M
seconds=${VBLK_SOAK:-10}
LIMIT=$((seconds + 60))
fio_ok --name=j --rw=randwrite --bsrange=512-16k --iodepth=128 --verify=crc32c --verify_backlog=512 --vblk_wait=block \
	--time_based --runtime="$((seconds / 2))" --vblk_io_timeout=5s --filename="$sock" --vblk_stats="$dir/stats"
[ "$(queue_stats '.reads > 0 and .writes > 0 and .sleeps > 0')" = true ] || fail "$(cat "$dir/stats")"
[ "$(queue_stats '.missed_notifications * 100 <= .sleeps')" = true ] || fail "too many completions came without a notification: $(cat "$dir/stats")"
fio_ok --name=j --rw=randrw --bs=4k --iodepth=128 --numjobs=2 --iodepth_batch=16 --iodepth_batch_complete_min=1 \
	--iodepth_batch_complete_max=128 --vblk_wait=block --time_based --runtime="$((seconds - seconds / 2))" \
	--vblk_io_timeout=5s --filename="$sock"
