#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A trim that exceeds the limits of one request is sent as several requests. fio counts it as one,
# all of the range is trimmed and nothing else, and every request keeps to the device's limits
# (REQ-5), with any ring layout.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for options in "packed" "packed -indirect_desc" "packed +in_order" "split" "split -indirect_desc" \
	"split +in_order" "packed -event_idx"; do
	ring=${options%% *}
	features=${options#"$ring"}
	make_image "$dir/a.img" 8388608
	cp "$dir/a.img" "$dir/before"
	rm -f "$dir/stats"
	start_file_device a 8M --in-order --max-discard-sectors 20 --max-discard-seg 3 --discard-alignment 8 --strict-alignment
	# 256 KiB in ranges of 8 KiB (20 sectors, rounded down to the alignment): 32 ranges, 11
	# requests.
	fio_ok --name=t --rw=trim --bs=256k --iodepth=4 --offset=2M --size=4M --vblk_ring="$ring" \
		${features:+--vblk_features="${features# }"} --vblk_stats="$dir/stats" --vblk_wait=block \
		--filename="$sock" --output-format=json
	[ "$(json '.jobs[0].trim.total_ios')" = 16 ] || fail "$options: fio did not count 16 trims"
	expect_stat '.[0] | .discards == 176 and .split_trims == 16 and .errors == 0'
	zero_range "$img" 2097152 4194304 || fail "$options: the range does not read as zero"
	same_range "$img" "$dir/before" 0 2097152 || fail "$options: something before the range was trimmed"
	same_range "$img" "$dir/before" 6291456 2097152 || fail "$options: something after the range was trimmed"
	# Several trims in flight, with a ring that has room for little more than one of them.
	fio_ok --name=t --rw=trim --bs=256k --iodepth=8 --size=2M --vblk_ring="$ring" --vblk_queue_size=64 \
		${features:+--vblk_features="${features# }"} --filename="$sock"
	zero_range "$img" 0 2097152 || fail "$options: the small ring's range does not read as zero"
	same_range "$img" "$dir/before" 6291456 2097152 || fail "$options: the small ring's trim went too far"
	stop_device
	rm -f "$img"
done
# A trim of more requests than the ring holds sends the rest as the first ones complete.
for features in "" -indirect_desc; do
	start_file_device a 64M --max-discard-sectors 8 --max-discard-seg 1
	head -c 67108864 /dev/urandom >"$img"
	rm -f "$dir/stats"
	fio_ok --name=t --rw=trim --bs=16M --iodepth=2 --vblk_queue_size=64 --offset=16M --size=32M \
		${features:+--vblk_features=$features} --vblk_stats="$dir/stats" --filename="$sock"
	expect_stat '.[0] | .discards == 8192 and .split_trims == 2 and .errors == 0 and .largest_depth <= 64'
	zero_range "$img" 16777216 33554432 || fail "the range does not read as zero"
	! zero_range "$img" 0 16777216 || fail "something before the range was trimmed"
	stop_device
	rm -f "$img"
done

# A trim carries no data, so its size does not affect the ring size and is not limited by the
# device's data limits.
start_device a --size 256M --size-max 65536 --seg-max 29
fio_ok --name=t --rw=trim --bs=256M --filename="$sock"
expect_ring packed 256
expect_no_line 'are split' "$dir/out"
stop_device
