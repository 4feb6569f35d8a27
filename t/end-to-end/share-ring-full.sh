#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs that share a queue with fewer slots than requests in flight wait for each other, and each of them
# gets its turn: no job takes much longer than the others. Requests that are split continue when there
# are slots again. A note tells the user.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_file_device a 64M --queues 1
for how in "--vblk_queue_size=8" "--vblk_queue_size=8 --vblk_features=-indirect_desc --vblk_wait=block" \
	"--vblk_queue_size=4 --bs=64k --thread=1 --vblk_wait=spin"; do
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randwrite --bs=4k --size=512k --iodepth=16 --verify=crc32c --numjobs=16 --offset_increment=1M \
		$how --output-format=json --filename="$sock"
	[ "$(report '[.jobs[] | select(.error == 0 and .write.io_bytes == 524288)] | length')" = 16 ] ||
		fail "$how: not all jobs wrote everything"
done
fio_ok --name=j --rw=randwrite --bs=4k --size=512k --iodepth=16 --numjobs=16 --offset_increment=1M --vblk_queue_size=8 \
	--filename="$sock"
expect_line "queue 0: its 16 jobs have up to 256 requests in flight, but a ring of 8 holds 8, so jobs wait for each other" \
	"$dir/out"
# A job that is always ready does not starve one that is not.
fio_ok --rw=randread --bs=4k --size=1M --time_based --runtime=2 --vblk_queue_size=4 --filename="$sock" --output-format=json \
	--name=fast --iodepth=32 --numjobs=3 --name=slow --iodepth=1
[ "$(report '(.jobs[] | select(.jobname == "slow") | .read.total_ios) as $slow | ([.jobs[] | .read.total_ios] | add) / $slow < 100')" = true ] ||
	fail "the slow job got less than a hundredth of the requests: $(report '[.jobs[].read.total_ios]')"
stop_device
rm -f "$sock"

# The device takes one segment in a request, so each io_u needs several requests.
start_device a --queues 1 --size 64M --seg-max 1 --size-max 8192
fio_ok --name=j --rw=randwrite --bs=64k --size=1M --iodepth=8 --verify=crc32c --numjobs=4 --offset_increment=2M \
	--vblk_queue_size=4 --filename="$sock"
stop_device
