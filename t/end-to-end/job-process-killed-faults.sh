#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that fails when it is to leave a killed job's queue alone is lost: one line that names the message, for the
# job that is left, and an end (VU-10).
. "${srcdir:-.}/t/end-to-end/lib.sh"

double_free_of_fio=expected
for fault in nack close-at stall-at wrong-reply-at repeat-reply-at; do
	# After the two that enable the queues.
	start_fake a --$fault SET_VRING_ENABLE:3
	start_fio --name=j --numjobs=2 --rw=randread --bs=4k --size=16M --time_based --runtime=60 --vblk_timeout=1s \
		--filename="$sock"
	wait_until 20 has_children "$fio" 2 || fail "there are no two job processes"
	# One kick tells that the queue is there, the next come from its job.
	for queue in 0 1; do
		wait_until 20 has 3 "^KICK $queue" "$log" || fail "job $queue does not run"
	done
	kill -KILL "$(children "$fio" | head -n 1)"
	finish_fio 40
	[ $rc -ne 0 ] || fail "$fault: fio succeeds"
	what='.*SET_VRING_ENABLE'
	[ $fault != repeat-reply-at ] || what='back-end sent a message that nobody asked for'
	expect_one_line "^vblk: $sock: $what"
	stop_fake
	rm -f "$log"
done
