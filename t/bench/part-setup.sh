# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# The cost of setting up many queues, in time as the device sees it, and in memory. The device sleeps: if it polled, it
# would take CPU time from its own control thread on the same CPU. Sourced by compare.sh.
most_queues=64

part_backends() {
	echo device-events
}

part_begin() {
	start_device --store null --event --queues $most_queues --verbose
}

# set_up QUEUES: measure the time from the connection until the last queue is started
set_up() {
	seen=$(grep -c 'set up within' "$work/backend.log")
	run setup split-spin rand-read.fio "vblk_queues=$1" time_based=0 number_ios=1
	tries=100
	while [ "$(grep -c 'set up within' "$work/backend.log")" -le "$seen" ] && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.02
	done
	us=$(sed -n "s/^vblk-device: $1 queues set up within \([0-9]*\) us$/\1/p" "$work/backend.log" | tail -n 1)
	[ -z "$us" ] || figure setup "$1" "$us"
}

# memory JOBS: measure the memory shared with the device while this many jobs run, mapped and touched
memory() {
	DEPTH=32 BATCH=32
	write_job memory default rand-read.fio "numjobs=$1" rate_iops=100 runtime=2s
	taskset -c "$fio_cpu" "$FIO" --output-format=json "$job" >"$work/out" 2>"$work/said" </dev/null 9>&- &
	fio=$!
	sleep 1
	awk '
		/^[0-9a-f]+-[0-9a-f]+ / { ours = /memfd:vblk/ }
		ours && $1 == "Size:" { mapped += $2 }
		ours && $1 == "Rss:" { touched += $2 }
		END { print mapped * 1024, touched * 1024 }
	' /proc/$fio/smaps >"$work/memory"
	wait $fio || say "memory: fio ended with status $?: $(tail -n 1 "$work/said")"
	read -r mapped touched <"$work/memory"
	[ -n "$mapped" ] || return 0
	figure memory "mapped-$1" "$mapped"
	figure memory "touched-$1" "$touched"
}

part_round() {
	say "set-up: round $round of $ROUNDS"
	quiet_begin
	DEPTH=32 BATCH=32
	set_up 1
	set_up $most_queues
	[ "$round" -gt 1 ] || for jobs in 1 4 $most_queues; do
		memory "$jobs"
	done
	quiet_end
}

part_end() {
	stop_backend
}
