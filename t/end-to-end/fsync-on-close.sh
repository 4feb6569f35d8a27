#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With fsync_on_close=1, the device gets a FLUSH whenever fio closes it after writes, including in
# the middle of a job. A flush that fails fails the job. A device without a cache gets no flush.
# Closing and reopening a device leaks nothing.
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
a=$sock log_a=$log fake_a=$fake
start_fake b --log-requests
b=$sock log_b=$log fake_b=$fake
ln -s a.sock "$dir/again.sock"
flushes() {
	cat "$@" | grep -c '^REQUEST 0 FLUSH sector=0 len=0$'
}

# Two files, of which only one is open at a time: fio closes and reopens each again and again.
job="--name=j --bs=4k --size=64k --fsync_on_close=1 --openfiles=1"
for how in "" "--thread=1" "--iodepth=8 --file_service_type=sequential --vblk_wait=block"; do
	first=$(flushes "$log_a") second=$(flushes "$log_b")
	# Leaked descriptors would exceed this limit.
	(
		# shellcheck disable=SC3045 # dash and bash have it
		ulimit -n 100
		# shellcheck disable=SC2086
		fio_ok $job $how --rw=write --loops=50 --filename="$a:$b"
	) || exit 1
	first=$(($(flushes "$log_a") - first)) second=$(($(flushes "$log_b") - second))
	[ $first -ge 50 ] && [ $second -ge 50 ] || fail "$how: $first and $second flushes in 50 rounds"
done

# One device under two names, and a full ring when one of them is closed: the flush waits until
# there is room.
# shellcheck disable=SC2086
fio_ok $job --rw=randwrite --loops=20 --iodepth=16 --vblk_queue_size=4 --filename="$a:$dir/again.sock"
# A job that only reads sends no flush.
before=$(flushes "$log_a")
# shellcheck disable=SC2086
fio_ok $job --rw=read --loops=2 --filename="$a:$b"
[ "$(flushes "$log_a")" = "$before" ] || fail "a job that only reads flushed"
stop_fake "$fake_a"
stop_fake "$fake_b"

# The first flush is the one of the device that fio closes before it opens the other one.
start_device c --size 1M --orders "$dir/orders"
ln -s c.sock "$dir/other.sock"
for how in "" "--thread=1 --iodepth=4"; do
	for fault in fail no-status; do
		order $fault 1 flush
		# shellcheck disable=SC2086
		fio_fails "$sock: job 'j': fsync_on_close=1: the flush failed: the device (answered with status 1|completed)" \
			$job $how --rw=write --file_service_type=sequential --filename="$sock:$dir/other.sock"
	done
done
stop_device
start_device d --size 1M --no-flush
# shellcheck disable=SC2086
fio_ok $job --rw=write --loops=3 --filename="$sock:$dir/d.sock" --vblk_stats="$dir/stats"
expect_stat 'length == 1 and .[0].flushes == 0'
stop_device
