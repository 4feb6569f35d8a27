# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# A device that answers in 80 to 100 us: the CPU time that each wait mode takes when the device is nearly idle, and the
# distribution of its latencies when it is busy. Sourced by compare.sh.
ways="split-spin split-hybrid split-block"

part_backends() {
	echo device-slow
}

part_begin() {
	start_device --store null --delay-us 80-100
}

part_round() {
	say "slow device: round $round of $ROUNDS"
	quiet_begin
	DEPTH=1 BATCH=1
	# shellcheck disable=SC2086
	for variant in $(rotate $round null $ways); do
		# The ramp time lets hybrid learn the device's latency. fio counts CPU time in milliseconds, so the run
		# must be long.
		run idle "$variant" slow.fio rate_iops=100 "ramp_time=${run_ms}ms" "runtime=$((run_ms * 5))ms"
	done
	# shellcheck disable=SC2086
	for variant in $(rotate $round $ways); do
		FORMAT=json+ run busy "$variant" slow.fio
	done
	quiet_end
}

part_end() {
	stop_backend
}
