#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Times without a unit are seconds, as for fio's own options, except vblk_spin, which uses
# microseconds. A time that is out of range is refused with a message that states the range with
# units.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --rw=randread --bs=4k --size=64k"
start_fake a --stall-at GET_CONFIG
# shellcheck disable=SC2086
fio_fails "$sock: no answer to GET_CONFIG within 1000 ms" $job --vblk_timeout=1 --filename="$sock"
stop_fake

start_fake b --stall-request 3
# shellcheck disable=SC2086
run_fio $job --vblk_io_timeout=1 --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_line "^vblk: $sock: job 'j': no completion for [1-9][0-9]*\\.[0-9] s with 1 request" "$dir/err"
stop_fake

start_fake c --log-requests
# shellcheck disable=SC2086
start_fio $job --time_based --runtime=300 --vblk_reconnect=1 --filename="$sock"
wait_until 30 has 100 '^REQUEST' "$log" || fail "no request reached the device"
kill -KILL "$fake"
wait "$fake" 2>/dev/null
finish_fio 30
[ $rc -ne 0 ] || fail "fio succeeded"
expect_one_line "$sock: .* was not back within 1000 ms"

start_fake d --log-requests
while read -r option said; do
	# shellcheck disable=SC2086
	fio_fails "^vblk: $sock: job 'j': $said\$" $job --$option --filename="$sock"
done <<OPTIONS
vblk_timeout=5us vblk_timeout=5us is out of range .1ms to 24h.
vblk_timeout=0 vblk_timeout=0 is out of range .1ms to 24h.
vblk_timeout=2d vblk_timeout=48h is out of range .1ms to 24h.
vblk_io_timeout=60us vblk_io_timeout=60us is out of range .100ms to 24h, or 0.
vblk_io_timeout=-1 vblk_io_timeout=-1s is out of range .100ms to 24h, or 0.
vblk_reconnect=30ms vblk_reconnect=30ms is out of range .100ms to 24h, or 0.
vblk_reconnect=86401 vblk_reconnect=86401s is out of range .100ms to 24h, or 0.
vblk_spin=90000000000 vblk_spin=25h is out of range .0 to 24h.
vblk_io_timeout=0.05 vblk_io_timeout=50ms is out of range .100ms to 24h, or 0.
OPTIONS
for wrong in vblk_io_timeout=5x vblk_timeout=soon vblk_reconnect=1,5 "vblk_spin=5 us"; do
	# shellcheck disable=SC2086
	fio_fails "^vblk: job 'j': $wrong is not a valid time: use a number, optionally followed by us, ms, s, m, h or d .at most ten years.\$" \
		$job "--$wrong" --filename="$sock"
done
expect_no_line CONNECT "$log"
# shellcheck disable=SC2086
fio_ok $job --vblk_timeout=60 --vblk_io_timeout=0 --vblk_reconnect=0 --vblk_spin=70 --filename="$sock"
stop_fake

# A fraction of a second is not rounded down to 0, which would disable the timeout.
start_fake e --stall-request 3
# shellcheck disable=SC2086
run_fio $job --vblk_io_timeout=0.5 --filename="$sock"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_line "^vblk: $sock: job 'j': no completion for (0\\.[5-9]|[1-9][0-9]*\\.[0-9]) s with 1 request" "$dir/err"
stop_fake
