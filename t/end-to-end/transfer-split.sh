#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A transfer larger than one request of the device can carry (seg_max times size_max) is sent as
# several requests, as a guest's kernel would do. fio counts it as one, the device has all of its
# data, and nothing else is changed, with any ring layout, and with a ring that is too small for the
# whole transfer. A note at the start reports the split.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for options in "packed" "packed -indirect_desc" "packed +in_order" "split" "split -indirect_desc" \
	"split +in_order" "split -event_idx"; do
	ring=${options%% *}
	features=${options#"$ring"}
	rm -f "$dir/stats"
	start_file_device a 8M --in-order --size-max 4096 --seg-max 16
	# Transfers of up to 1 MiB in requests of 64 KiB, including sizes that are not a multiple of
	# 64 KiB.
	fio_ok --name=j --rw=randwrite --bs_unaligned=0 --bssplit=1M/50:100k/25:60k/25 --size=4M --iodepth=8 \
		--verify=crc32c --vblk_ring="$ring" ${features:+--vblk_features="${features# }"} \
		--vblk_stats="$dir/stats" --vblk_wait=block --filename="$sock"
	expect_line "^vblk: .*: job 'j': transfers of up to 1048576 bytes are split into requests of at most 65536 " "$dir/out"
	expect_stat '.[0] | .split_transfers > 0 and .writes > .split_transfers and .errors == 0'
	zero_range "$img" 4194304 4194304 || fail "$options: data after the job's range was changed"
	# Cross-check: fio's psync engine reads what the device stored.
	psync_ok --name=j --rw=randwrite --bs_unaligned=0 --bssplit=1M/50:100k/25:60k/25 --size=4M --verify=crc32c \
		--verify_only --filename="$img"
	# A ring with room for fewer requests than one transfer takes.
	fio_ok --name=k --rw=randrw --bs=1M --size=8M --iodepth=4 --verify=crc32c --vblk_ring="$ring" \
		--vblk_queue_size=32 ${features:+--vblk_features="${features# }"} --filename="$sock"
	stop_device
	rm -f "$img"
done

# A failed request fails its transfer, once, with its status. The other transfers complete.
start_device a --size-max 4096 --seg-max 16 --order "fail 20 read" --order "fail=2 22 read"
run_fio --name=j --rw=read --bs=512k --size=8M --iodepth=2 --continue_on_error=all --filename="$sock" \
	--output-format=json
[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$(report '.jobs[0].total_err') errors"
[ "$(report '.jobs[0].first_error')" = 5 ] || fail "the error is not that of the first failed request"
stop_device

# With vblk_strict=1 nothing is split. A transfer that just fits is accepted.
start_device a --size-max 4096 --seg-max 16
fio_fails "$sock: job 'j' transfers up to 131072 bytes at once, but a request of the device holds at most 65536 .*vblk_strict=1" \
	--name=j --rw=write --bs=128k --size=1M --vblk_strict=1 --filename="$sock"
fio_fails "$sock: job 'j' transfers up to 66048 bytes at once, but a request of the device holds at most 65536" \
	--name=j --rw=randread --bsrange=512-66048 --size=1M --vblk_strict=1 --filename="$sock"
fio_ok --name=j --rw=write --bs=64k --size=1M --verify=crc32c --vblk_strict=1 --filename="$sock"
expect_no_line 'are split' "$dir/out"
stop_device
