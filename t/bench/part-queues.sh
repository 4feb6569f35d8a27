# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# Several queues, one per job: throughput, as far as one CPU on each side allows. Sourced by compare.sh.

part_backends() {
	echo device-null
}

part_begin() {
	start_backend device-null
}

part_round() {
	say "queues: round $round of $ROUNDS"
	quiet_begin
	DEPTH=32 BATCH=16
	for jobs in 1 2 4; do
		for wait in $(rotate "$round" spin hybrid); do
			run queues "split-$wait" rand-read.fio "numjobs=$jobs"
		done
	done
	quiet_end
}

part_end() {
	stop_backend
}
