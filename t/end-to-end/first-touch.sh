#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The job that uses a queue touches the queue's shared memory first, when it starts, so the memory
# is allocated on the NUMA node of the job. Before any job starts, only the pages that the back-end
# reads exist. Then each job allocates the memory of its own queue.
# sanitizers: no (it counts pages in memory)
. "${srcdir:-.}/t/end-to-end/lib.sh"

# touched: print how many KiB of the arena are allocated, whichever process touched them.
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
# For each queue, the page in which its used ring starts.
[ "$before" -le 16 ] || fail "$before KiB were touched before any job began"
wait_until 20 at_least 1024 || fail "the first job touched $(touched) KiB"
first=$(touched)
[ "$first" -lt 1536 ] || fail "$first KiB were touched when only the first job ran"
wait_until 20 at_least 2048 || fail "both jobs touched $(touched) KiB"
kill -INT "$fio"
finish_fio 20
stop_fake
