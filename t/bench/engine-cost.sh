#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The instructions that a request costs in the engine, counted by callgrind in a real fio: the self cost of every
# function of the library, without fio's own functions.
#
#   t/bench/engine-cost.sh [OPTION...]	options for fio, e.g. --vblk_ring=packed
#
# The first lines are "batch=N instructions=X.X"; a table of the functions follows.
#
# FIO, ENGINE, DEVICE: programs to use instead of those of the built tree. REQUESTS: number of requests to count.
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

# start_device OPTION...: start a device that polls
start_device() {
	"$DEVICE" --socket "$work/sock" --store null --poll "$@" >"$work/device.log" 2>&1 &
	device=$!
	await_listening $device "$work/sock" || { cat "$work/device.log" >&2; exit 1; }
}

stop_device() {
	kill "$device"
	wait "$device" || { cat "$work/device.log" >&2; exit 1; }
}

# profile BATCH OPTION...: write callgrind's profile of a job to $work/profile. The measured job is the second one, on a
# queue already in use.
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

# by_function: print "COST FUNCTION" per request. Left out is the spinning of a job that waits for the device:
# job_wait() with the functions it calls, and the job_reap() calls that find nothing.
by_function() {
	awk -v n="$REQUESTS" -v look="$look" '
		$1 == "self" && $2 !~ /^(job_wait|park_check|keeper_lives)$/ { self[$2] = $3 }
		$1 == "calls" && $2 == "job_wait" && $3 == "job_reap" { self["job_reap"] -= $4 * look }
		END { for (f in self) printf "%.2f %s\n", self[f] / n, f }' "$work/profile" |
		sort -rn
}

# The cost of a job_reap() call that finds nothing: with a slow device nearly all calls find nothing.
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
