#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs that run as another user (uid=, gid=) write their statistics to a file that only the user who
# started fio can write.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
[ "$(id -u)" = 0 ] || skip "only root can change the user"
mkdir "$dir/own"
chmod 700 "$dir" "$dir/own"
for how in "" --thread=1; do
	start_fake a --log-requests
	rm -f "$dir/own/stats"
	# shellcheck disable=SC2086
	fio_ok --name=j --numjobs=2 --uid=65534 --gid=65534 $how --rw=write --bs=4k --size=256k --iodepth=4 \
		--filename="$sock" --vblk_stats="$dir/own/stats"
	[ "$(jq -s 'map(.writes // empty) | add' "$dir/own/stats")" = 128 ] || fail "$(cat "$dir/own/stats")"
	stop_fake
done
