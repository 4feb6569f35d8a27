# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# System calls of the engine: notifications and sleeps per batch, from its own statistics; and all system calls of a
# spinning job, from strace. Sourced by compare.sh.

part_backends() {
	echo device-null
	echo qsd-null
}

# The polling device does not offer event_idx: with event_idx a split ring notifies each time its index wraps around.
part_begin() {
	case $backend in
	device-null) start_device --store null --queues 4 --no-event-idx ;;
	*) start_backend "$backend" ;;
	esac
}

# calls_of REQUESTS: count the system calls of a job from its fork to its end. Sets $calls.
calls_of() {
	DEPTH=32 BATCH=32
	write_job calls split-spin rand-read.fio thread=0 time_based=0 runtime=0 "number_ios=$1"
	rm -f "$work"/trace.*
	timeout -k 5 60 strace -ff -o "$work/trace" taskset -c "$fio_cpu" "$FIO" --output-format=json "$job" \
		>"$work/out" 2>"$work/said" </dev/null 9>&- || return 1
	# The job is the only process that fio forks.
	forked=$(grep -h '^clone.*SIGCHLD' "$work"/trace.* | grep -v CLONE_VM | sed -n 's/.* = //p')
	calls=$(wc -l <"$work/trace.$forked")
}

part_round() {
	say "system calls, $backend: round $round of $ROUNDS"
	quiet_begin
	DEPTH=32
	for BATCH in 1 32; do
		for variant in split-spin split-hybrid split-block; do
			run calls "$variant" rand-read.fio
		done
	done
	if command -v strace >/dev/null && [ "$backend" = device-null ]; then
		calls_of 100000 && few=$calls && calls_of 4100000 && figure strace split-spin $(((calls - few) / 4))
	fi
	quiet_end
}

part_end() {
	stop_backend
}
