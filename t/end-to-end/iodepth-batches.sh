#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With iodepth_batch= several requests are published at once. iodepth_batch_complete_*= and
# iodepth_low= work.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=8M
fio_ok --name=j --rw=randwrite --bs=4k --iodepth=32 --iodepth_batch=8 --iodepth_batch_complete_min=4 \
	--iodepth_batch_complete_max=16 --iodepth_low=8 --verify=crc32c --filename="$sock" --vblk_stats="$dir/stats"
[ "$(queue_stats .writes)" = 2048 ] || fail "not 2048 writes"
[ "$(queue_stats '.publishes * 4 <= .writes + .reads')" = true ] || fail "requests were not published in batches: $(cat "$dir/stats")"
for how in "--iodepth_batch_complete_min=32" "--iodepth_batch_complete_min=0" "--iodepth_batch=32 --iodepth_low=1" \
	"--iodepth_batch_complete_min=1 --iodepth_batch_complete_max=1"; do
	for wait in block hybrid; do
		# shellcheck disable=SC2086
		fio_ok --name=j --rw=randwrite --bs=4k --iodepth=32 $how --verify=crc32c --vblk_wait=$wait --filename="$sock"
	done
done
