#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Buffers beyond what the machine has are refused with both numbers before anything starts: of a job's own sizes, of several
# devices together, and of a log's trims, where fio sizes buffers for these.
. "${srcdir:-.}/t/end-to-end/lib.sh"

has=$(awk '/^MemTotal/ { print int($2 / 1024 / 1024) + 1 }' /proc/meminfo)
too_much="needs [0-9]+ MiB of memory for rings and buffers, and [0-9]+ MiB can be had .*lower iodepth="
start_device a --size 1024G --store null
first=$sock
start_fake b --log-requests
# A read touches nothing of it, so that it would run.
fio_fails "$first: $too_much" --name=j --rw=read --bs=1G --size=2G --number_ios=1 --iodepth=$((has + 8)) --vblk_hugepages=none \
	--filename="$first"
# Half as much is not too much, but twice that is; who came first has it.
half=$((has * 5 / 8 + 1))
run_fio --rw=read --bs=1G --size=2G --number_ios=1 --iodepth=$half --vblk_hugepages=none --name=one --filename="$first" \
	--name=two --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_count 1 '^vblk: .*MiB can be had' "$dir/err"
expect_line "^vblk: $sock: $too_much" "$dir/err"
expect_no_line '^(KICK|REQUEST|SET_VRING)' "$log"
stop_fake
