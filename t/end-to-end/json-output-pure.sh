#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With a machine-readable report, standard output contains only this report, and standard error is
# empty. The start-up line and notes are records in the vblk_stats file. vblk_notes=stderr prints
# them on standard error as well.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a
# A ring too small for the iodepth causes a note in addition to the start-up line.
job="--name=j --numjobs=2 --rw=read --bs=4k --size=1M --vblk_queue_size=4 --iodepth=16"
for format in json json+ terse; do
	# shellcheck disable=SC2086
	fio_ok $job --output-format=$format --filename="$sock" --vblk_stats="$dir/stats"
	[ ! -s "$dir/err" ] || fail "$format: standard error is not empty"
	expect_no_line 'vblk: ' "$dir/out"
	[ $format = terse ] || jq -e '.jobs | length == 2' "$dir/out" >/dev/null ||
		fail "$format: standard output is not the report alone"
	# shellcheck disable=SC2086
	fio_ok $job --output-format=$format --filename="$sock" --vblk_notes=stderr
	expect_no_line 'vblk: ' "$dir/out"
	expect_count 1 "^vblk: $sock: vhost-user, split ring of 4, .*features" "$dir/err"
	expect_count 2 "^vblk: $sock: queue [01]: a ring of 4 holds" "$dir/err"
	expect_count 3 . "$dir/err"
done

# The same with --output=FILE, although fio writes its own errors there.
# shellcheck disable=SC2086
fio_ok $job --output-format=json --output="$dir/report" --filename="$sock"
jq -e '.jobs | length == 2' "$dir/report" >/dev/null || fail "the file is not the report alone"
[ ! -s "$dir/err" ] || fail "standard error is not empty"
# shellcheck disable=SC2086
fio_ok $job --output-format=json --output="$dir/report" --filename="$sock" --vblk_notes=stderr
jq -e '.jobs | length == 2' "$dir/report" >/dev/null || fail "the file is not the report alone"
expect_line '^vblk: .*features' "$dir/err"

# If fio prints its normal report too, notes go to standard output as usual. Errors still go to
# standard error.
# shellcheck disable=SC2086
fio_ok $job --output-format=normal,json --filename="$sock"
expect_count 1 '^vblk: .*features' "$dir/out"
fio_fails "$sock: job 'j' has bs=100" --name=j --rw=read --bs=100 --output-format=json --filename="$sock"
