#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a job process is killed and the back-end fails while the keeper disables the job's queue, the
# device is lost: the remaining job ends with one error message that names the vhost-user message
# (VU-10).
. "${srcdir:-.}/t/end-to-end/lib.sh"

double_free_of_fio=expected
for fault in nack close-at stall-at wrong-reply-at repeat-reply-at; do
	# The first two SET_VRING_ENABLE enable the queues; the third disables one.
	start_fake a --$fault SET_VRING_ENABLE:3
	start_fio --name=j --numjobs=2 --rw=randread --bs=4k --size=16M --time_based --runtime=60 --vblk_timeout=1s \
		--filename="$sock"
	wait_until 20 has_children "$fio" 2 || fail "there are no two job processes"
	# The keeper kicks each queue once at the start; all further kicks come from its job.
	for queue in 0 1; do
		wait_until 20 has 3 "^KICK $queue" "$log" || fail "job $queue does not run"
	done
	kill -KILL "$(children "$fio" | head -n 1)"
	finish_fio 40
	[ $rc -ne 0 ] || fail "$fault: fio succeeded"
	what='.*SET_VRING_ENABLE'
	[ $fault != repeat-reply-at ] || what='back-end sent an unexpected message'
	expect_one_line "^vblk: $sock: $what"
	stop_fake
	rm -f "$log"
done
