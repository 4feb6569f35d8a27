#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If one of the several requests of a trim fails, the trim fails, once, with the status of that
# request. A request that never completes, and a device that exits, end the job as for any other
# request.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	limits="--max-discard-sectors 16 --max-discard-seg 2"
	job="--name=t --rw=trim --bs=128k --iodepth=4 --size=4M --vblk_ring=$ring"
	# max_discard_sectors=16 is 8 KiB, so a trim of 128 KiB has 16 segments in eight requests.
	# The 20th and the 22nd request belong to the third trim.
	# shellcheck disable=SC2086
	start_device a --size 4M $limits --order "fail 20 discard" --order "fail=2 22 discard" --orders "$dir/orders"
	# shellcheck disable=SC2086
	run_fio $job --continue_on_error=all --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$ring: $(report '.jobs[0].total_err') errors"
	[ "$(report '.jobs[0].first_error')" = 5 ] || fail "$ring: the error is not that of the first failed request"
	[ "$(report '.jobs[0].trim.total_ios')" -ge 31 ] || fail "$ring: the other trims did not complete"
	order drop 20 discard
	# shellcheck disable=SC2086
	fio_fails "$sock: job 't': no completion for 1\\.[0-9] s" $job --vblk_io_timeout=1s --filename="$sock"
	order die 20 discard
	# shellcheck disable=SC2086
	fio_fails "$sock: back-end closed the connection, with [0-9]+ requests in flight" $job --filename="$sock"
done
