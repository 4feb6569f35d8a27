#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Order "fail": exactly this request is answered with the given status, whether the order was given
# before a run or during one.
# quick: yes
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for how in "packed" "split --no-indirect" "packed --poll" "split --threads"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --orders "$dir/orders" --order "fail 5 flush" "$@"
	job="--name=j --bs=4k --size=1M --iodepth=8 --vblk_ring=$ring"
	order fail=7 20 read
	# shellcheck disable=SC2086
	run_fio $job --rw=read --filename="$sock" --output-format=json
	[ $rc -ne 0 ] || fail "$how: fio succeeded"
	[ "$(report '.jobs[0].error')" = 71 ] || fail "$how: the error is not EPROTO"
	expect_line 'answered with status 7$' "$dir/err"
	order fail 20 write
	# shellcheck disable=SC2086
	run_fio $job --rw=write --continue_on_error=all --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" = 1 ] || fail "$how: fio did not count exactly one error"
	[ "$(report '.jobs[0].first_error')" = 5 ] || fail "$how: the error is not EIO"
	# shellcheck disable=SC2086
	start_fio $job --rw=randread --time_based --runtime=300 --filename="$sock"
	wait_until 10 has_children "$fio" 1 || fail "$how: no job runs"
	order fail 1000 read
	finish_fio 30
	expect_line 'answered with status 1 \(IOERR\)$' "$dir/err"
	# shellcheck disable=SC2086
	fio_ok $job --rw=randrw --verify=crc32c --filename="$sock"
	stop_device
done
