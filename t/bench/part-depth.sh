# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# 4 KiB random reads over queue depth, for every variant that can run on the back-end. Sourced by compare.sh.

part_backends() {
	echo "$BACKENDS"
}

part_begin() {
	start_backend "$backend"
	# shellcheck disable=SC2086
	variants=$(usable $VARIANTS)
}

part_round() {
	say "$backend: round $round of $ROUNDS"
	quiet_begin
	for DEPTH in $DEPTHS; do
		# If one batch held all requests, fio and the device would take turns.
		BATCH=$(((DEPTH + 1) / 2))
		[ $BATCH -le "$BATCH_MAX" ] || BATCH=$BATCH_MAX
		quietly "$builddir/t/bench/core-to-core" "$fio_cpu" "$device_cpu"
		[ "$status" -ne 0 ] || figure rtt core-to-core "$(cat "$work/out")" "$others"
		# shellcheck disable=SC2086
		for variant in $(rotate $round $variants); do
			run depth "$variant" rand-read.fio
		done
	done
	quiet_end
}

part_end() {
	stop_backend
}
