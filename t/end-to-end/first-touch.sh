#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The memory shared with the device is touched first by the job that uses it, when it starts, and so lands on that job's
# NUMA node: before, no page of it exists but what the back-end looked at; then each job has its own queue's.
# sanitizers: no (it counts pages in memory)
. "${srcdir:-.}/t/end-to-end/lib.sh"

# KiB of the arena that exist, whoever made them.
touched() {
	for fd in /proc/"$fio"/fd/*; do
		case $(readlink "$fd") in
		*memfd:vblk-arena*) stat -Lc '%b' "$fd" | awk '{ print $1 / 2 }' ;;
		esac
	done
}
at_least() {
	[ "$(touched)" -ge "$1" ]
}
start_fake a --queues 4
start_fio --rw=randread --bs=64k --size=16M --iodepth=16 --time_based --runtime=30 --vblk_hugepages=none \
	--filename="$sock" --name=late --startdelay=3 --name=later --startdelay=7
wait_until 2 grep -q features "$dir/out" || fail "the device was not set up before its jobs"
before=$(touched)
# Of each queue the page that its used ring begins in.
[ "$before" -le 16 ] || fail "$before KiB were touched before any job began"
wait_until 20 at_least 1024 || fail "the first job touched $(touched) KiB"
first=$(touched)
[ "$first" -lt 1536 ] || fail "$first KiB were touched when only the first job ran"
wait_until 20 at_least 2048 || fail "both jobs touched $(touched) KiB"
kill -INT "$fio"
finish_fio 20
stop_fake
