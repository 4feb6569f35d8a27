#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Of a trim that is several requests: one that fails fails all of it, once, with its status; one that
# never completes, and a device that dies with some of them, end the job as they end any other.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	limits="--max-discard-sectors 16 --max-discard-seg 2"
	job="--name=t --rw=trim --bs=128k --iodepth=4 --size=4M --vblk_ring=$ring"
	# 128 KiB by 16 KiB: eight requests a trim. The 20th and the 22nd are of the third.
	# shellcheck disable=SC2086
	start_device a --size 4M $limits --order "fail 20 discard" --order "fail=2 22 discard" --orders "$dir/orders"
	# shellcheck disable=SC2086
	run_fio $job --continue_on_error=all --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$ring: $(report '.jobs[0].total_err') errors"
	[ "$(report '.jobs[0].first_error')" = 5 ] || fail "$ring: the error is not that of the first"
	[ "$(report '.jobs[0].trim.total_ios')" -ge 31 ] || fail "$ring: the others did not complete"
	order drop 20 discard
	# shellcheck disable=SC2086
	fio_fails "$sock: job 't': no completion for 1\\.[0-9] s" $job --vblk_io_timeout=1s --filename="$sock"
	order die 20 discard
	# shellcheck disable=SC2086
	fio_fails "$sock: back-end closed the connection, with [0-9]+ requests in flight" $job --filename="$sock"
done
