#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The first record of a device in the vblk_stats= file contains the negotiated parameters, as the
# start-up line does. Notes follow, including those of jobs. These records appear once in every file
# that a job of the device names.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for thread in 0 1; do
	start_fake a --queues 3 --size 4M --block-size 4096 --features -ring_packed
	first=$sock
	start_device b --queues 2 --size 8M --wce --no-discard
	rm -f "$dir/stats" "$dir/other"
	fio_ok --thread=$thread --vblk_hugepages=none --rw=write --bs=4k --size=256k --name=one --filename="$first" --vblk_stats="$dir/stats" \
		--iodepth=16 --vblk_queue_size=4 --name=two --numjobs=2 --filename="$first:$sock" \
		--vblk_stats="$dir/../$(basename "$dir")/stats" --name=three --filename="$sock" \
		--vblk_stats="$dir/other" --stonewall --output-format=json
	[ "$(jq -c '.record' "$dir/stats" | sort | uniq -c | tr -s ' \n' ' ')" = ' 1 "note" 5 "queue" 2 "start" ' ] ||
		fail "unexpected records: $(cat "$dir/stats")"
	[ "$(jq -c '.record' "$dir/other" | tr '\n' ' ')" = '"start" "queue" ' ] || fail "unexpected records: $(cat "$dir/other")"
	head -n 1 "$dir/stats" | jq -e "del(.features) == {record: \"start\", device: \"$first\", transport: \"vhost-user\",
		ring: \"split\", ring_sizes: [4, 256, 256], jobs: 3, queues: 3, queues_max: 3, capacity_bytes: 4194304,
		block_bytes: 4096, zones: \"none\", zone_bytes: 0, cache: \"write-back\", page_bytes: 4096} and
		(.features | split(\",\") | contains([\"seg_max\", \"discard\", \"version_1\"]))" >/dev/null ||
		fail "unexpected start record: $(head -n 1 "$dir/stats")"
	head -n 1 "$dir/other" | jq -e ".record == \"start\" and .device == \"$sock\" and .ring == \"packed\" and .queues == 2 and
		.ring_sizes == [256, 256] and .cache == \"write-back\" and (.features | contains(\"discard\") | not)" \
		>/dev/null || fail "unexpected start record: $(head -n 1 "$dir/other")"
	text="queue 0: a ring of 4 holds 4 requests at a time, so iodepth=16 is not reached"
	jq -e -s "map(select(.record == \"note\")) == [{record: \"note\", device: \"$first\", text: \"$text\"}]" "$dir/stats" \
		>/dev/null || fail "unexpected note: $(cat "$dir/stats")"
	stop_fake
	stop_device
done

# A note that a job writes while it runs.
start_device c --order "delay=1500 5"
rm -f "$dir/stats"
fio_ok --name=j --rw=write --bs=4k --size=64k --filename="$sock" --vblk_stats="$dir/stats" --vblk_io_timeout=2 \
	--output-format=json
[ ! -s "$dir/err" ] || fail "standard error is not empty"
[ "$(jq -s 'map(.record) == ["start", "note", "queue"] and (.[1].text | startswith("job '\''j'\'' has waited"))' \
	"$dir/stats")" = true ] || fail "unexpected records: $(cat "$dir/stats")"
