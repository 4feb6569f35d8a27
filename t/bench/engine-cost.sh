#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that a request costs in the engine itself, counted by callgrind in a real fio: the
# self cost of every function of the library, fio's own not among them.
#
#   t/bench/engine-cost.sh [OPTION...]	options for fio, e.g. --vblk_ring=packed
#
# The first lines are "batch=N instructions=X.X"; a table of the functions follows.
#
# FIO, ENGINE, DEVICE: other programs than those of the built tree. REQUESTS: how many to count.
set -eu
FIO=${FIO:-fio}
ENGINE=${ENGINE:-$PWD/engine/.libs/libfio_vblk.so}
DEVICE=${DEVICE:-$PWD/t/vblk-device/vblk-device}
REQUESTS=${REQUESTS:-64000}
here=$(dirname "$0")
. "$here/../back-ends.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/engine-cost.XXXXXX")
device=
trap 'kill $device 2>/dev/null || :; rm -rf "$work"' EXIT

# start_device OPTION...: one that polls.
start_device() {
	"$DEVICE" --socket "$work/sock" --store null --poll "$@" >"$work/device.log" 2>&1 &
	device=$!
	await_listening $device "$work/sock" || { cat "$work/device.log" >&2; exit 1; }
}

stop_device() {
	kill "$device"
	wait "$device" || { cat "$work/device.log" >&2; exit 1; }
}

# profile BATCH OPTION...: what callgrind saw of a job, in $work/profile. The job is the second one
# on a queue that is at work already.
profile() {
	batch=$1
	shift
	timeout -k 5 120 valgrind --tool=callgrind --callgrind-out-file="$work/cg" \
		--zero-before=vblk_init \
		"$FIO" --ioengine=external:"$ENGINE" --filename="$work/sock" --thread \
		--rw=randread --bs=4k --iodepth=32 --iodepth_batch="$batch" \
		--iodepth_batch_complete_max=32 --size=64M --norandommap --randrepeat=1 \
		--vblk_wait=spin --vblk_ring=split "$@" \
		--name=warm --number_ios=1000 \
		--name=cost --stonewall --number_ios="$REQUESTS" --io_size=1T \
		>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	awk -v library=libfio_vblk -f "$here/callgrind-self.awk" "$work/cg" >"$work/profile"
}

# by_function: "COST FUNCTION" of a request. The spinning of a job that waits for the device is no
# part of it: neither job_wait(), with what it calls, nor the looks at the ring that find nothing.
by_function() {
	awk -v n="$REQUESTS" -v look="$look" '
		$1 == "self" && $2 !~ /^(job_wait|park_check|keeper_lives)$/ { self[$2] = $3 }
		$1 == "calls" && $2 == "job_wait" && $3 == "job_reap" { self["job_reap"] -= $4 * look }
		END { for (f in self) printf "%.2f %s\n", self[f] / n, f }' "$work/profile" |
		sort -rn
}

# What a look that finds nothing costs: nearly all do while one request takes a while.
start_device --order "delay=300 2000"
REQUESTS=1000 profile 1 "$@"
look=$(awk '$1 == "self" && $2 == "job_reap" { cost = $3 }
	$1 == "calls" && $3 == "job_reap" { n += $4 }
	END { printf "%.0f", cost / n }' "$work/profile")
stop_device

start_device
for batch in 32 1; do
	profile $batch "$@"
	by_function >"$work/by-function-$batch"
	awk -v batch="$batch" '{ sum += $1 } END { printf "batch=%d instructions=%.1f\n", batch, sum }' \
		"$work/by-function-$batch"
done
stop_device
for batch in 32 1; do
	echo
	echo "batch=$batch"
	awk '$1 >= 0.05 { printf "%8.2f  %s\n", $1, $2 }' "$work/by-function-$batch"
done
