#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A replayed log may contain larger requests than bs=: the engine makes its buffers large enough.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
{
	echo "fio version 2 iolog"
	echo "$sock add"
	echo "$sock open"
	for i in 0 1 2 3 4 5 6 7; do
		echo "$sock write $((i * 1048576)) 1048576"
	done
	echo "$sock read 0 1048576"
	echo "$sock close"
} >"$dir/iolog"
for mode in "" --thread=1; do
	truncate -s 0 "$img"
	truncate -s 16M "$img"
	# shellcheck disable=SC2086
	fio_ok --name=j --bs=4k --iodepth=4 --read_iolog="$dir/iolog" --replay_no_stall=1 --filename="$sock" \
		--output-format=json $mode
	[ "$(json '.jobs[0].write.total_ios')" = 8 ] || fail "fio did not count 8 writes"
	[ "$(json '.jobs[0].read.total_ios')" = 1 ] || fail "fio did not count 1 read"
	! zero_range "$img" 7340032 1048576 || fail "the last MiB was not written"
	zero_range "$img" 8388608 4194304 || fail "more was written than the log says"
done
