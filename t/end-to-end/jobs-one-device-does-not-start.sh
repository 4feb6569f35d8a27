#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If one device can be opened but not started, only the job that uses it fails.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake good
good=$sock
good_pid=$fake
start_fake bad --max-queue-size 64
for how in "" --thread=1; do
	# shellcheck disable=SC2086
	run_fio --rw=write --bs=4k --size=1M --iodepth=8 $how --name=well --filename="$good" \
		--name=ill --vblk_queue_size=256 --filename="$sock"
	[ $rc -eq 1 ] || fail "fio ended with status $rc"
	expect_line "^vblk: $sock: queue 0, a ring of 256" "$dir/err"
	expect_line 'WRITE: .*io=1024KiB' "$dir/out"
done
stop_fake
stop_fake "$good_pid"
