#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If buffers need more memory than the machine has, the run is refused before anything starts, with
# a message that states both sizes: for the sizes of one job, and for several devices together.
. "${srcdir:-.}/t/end-to-end/lib.sh"

has=$(awk '/^MemTotal/ { print int($2 / 1024 / 1024) + 1 }' /proc/meminfo)
too_much="needs [0-9]+ MiB of memory for rings and buffers, but only [0-9]+ MiB are available .*lower iodepth="
start_device a --size 1024G --store null
first=$sock
start_fake b --log-requests
# Reads do not touch most of the buffer memory, so the run would start if the engine did not refuse
# it.
fio_fails "$first: $too_much" --name=j --rw=read --bs=1G --size=2G --number_ios=1 --iodepth=$((has + 8)) --vblk_hugepages=none \
	--filename="$first"
# One device with half as much memory is possible, but two are not. The first device gets the
# memory.
half=$((has * 5 / 8 + 1))
run_fio --rw=read --bs=1G --size=2G --number_ios=1 --iodepth=$half --vblk_hugepages=none --name=one --filename="$first" \
	--name=two --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_count 1 '^vblk: .*MiB are available' "$dir/err"
expect_line "^vblk: $sock: $too_much" "$dir/err"
expect_no_line '^(KICK|REQUEST|SET_VRING)' "$log"
stop_fake
