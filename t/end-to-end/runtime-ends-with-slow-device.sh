#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# When runtime= expires, or exitall ends a job because another job has finished, a slow device still
# gets the usual time to complete its outstanding requests. Here a read, and the flush of
# end_fsync=1, take 6.5 s.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
mkfifo "$dir/orders"
for case in "read --rw=randread --time_based --runtime=1" \
	"flush --rw=write --time_based --runtime=1 --end_fsync=1" \
	"read --rw=randread --exitall"; do
	(
		number=20
		[ "${case%% *}" = flush ] && number=1
		others=
		case $case in
		*exitall) others="--name=short --rw=read --size=4k --startdelay=1" ;;
		esac
		start_device "${case##*--}" --size 1M --queues 2 --order "delay=6500 $number ${case%% *}"
		rc=0
		# shellcheck disable=SC2086
		timeout -k 5 $LIMIT "$FIO" --ioengine="external:$ENGINE" --aux-path="$dir/" --filename="$sock" --bs=4k --size=1M \
			--name=j ${case#* } $others >"$sock.out" 2>&1 || rc=$?
		stop_device
		[ $rc -eq 0 ] || {
			cat "$sock.out"
			exit 1
		}
	) &
	pids="$pids $!"
	cases="${cases-} $!"
done
for pid in $cases; do
	wait "$pid" || fail "a job whose device is slow failed"
done
