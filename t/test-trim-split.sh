#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A trim that exceeds what one request may have goes out as several: it counts as one for fio, all of
# it is done and nothing else, and every request keeps to the limits (REQ-5); with any ring.
. "${srcdir:-.}/t/lib.sh"

need jq
for options in "packed" "packed -indirect_desc" "packed +in_order" "split" "split -indirect_desc" \
	"split +in_order" "packed -event_idx"; do
	ring=${options%% *}
	features=${options#"$ring"}
	make_image "$dir/a.img" 8388608
	cp "$dir/a.img" "$dir/before"
	rm -f "$dir/stats"
	start_file_device a 8M --in-order --max-discard-sectors 20 --max-discard-seg 3 --discard-alignment 8 --strict-alignment
	# 256 KiB by 8 KiB (20 sectors, down to the alignment): 32 ranges, 11 requests.
	fio_ok --name=t --rw=trim --bs=256k --iodepth=4 --offset=2M --size=4M --vblk_ring="$ring" \
		${features:+--vblk_features="${features# }"} --vblk_stats="$dir/stats" --vblk_wait=block \
		--filename="$sock" --output-format=json
	[ "$(json '.jobs[0].trim.total_ios')" = 16 ] || fail "$options: fio counts otherwise"
	expect_stat '.[0] | .discards == 176 and .split_trims == 16 and .errors == 0'
	zero_range "$img" 2097152 4194304 || fail "$options: the range does not read as zero"
	same_range "$img" "$dir/before" 0 2097152 || fail "$options: something before it was trimmed"
	same_range "$img" "$dir/before" 6291456 2097152 || fail "$options: something behind it was trimmed"
	# Beside reads, and with a ring that holds little more than one of them.
	fio_ok --name=t --rw=trim --bs=256k --iodepth=8 --size=2M --vblk_ring="$ring" --vblk_queue_size=64 \
		${features:+--vblk_features="${features# }"} --filename="$sock"
	zero_range "$img" 0 2097152 || fail "$options: the small ring's range does not read as zero"
	same_range "$img" "$dir/before" 6291456 2097152 || fail "$options: the small ring's trim went too far"
	stop_device
	rm -f "$img"
done
start_device a --size 64M --max-discard-sectors 8 --max-discard-seg 1
fio_fails "$sock: a ring of 256 holds .* requests, but a trim takes up to 1024 of what the device allows" --name=t \
	--rw=trim --bs=4M --vblk_queue_size=256 --filename="$sock"
fio_fails "$sock: a ring of 32768 holds .* requests, but a trim takes up to 16384" --name=t --rw=trim --bs=64M \
	--vblk_features=-indirect_desc --filename="$sock"
fio_ok --name=t --rw=trim --bs=64M --filename="$sock"
stop_device
