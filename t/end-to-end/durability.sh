#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A completed flush makes data durable. The test kills a device with a volatile cache. Every write
# that was acknowledged before a flush was sent must then be in the device's store, if that flush
# was acknowledged too.
#
# The order of events is taken from fio's own trace (--debug=io). A job prints "queue:" before it
# passes the request to the engine, and "complete:" after the request has come back. So a write
# whose "complete:" line comes before the "queue:" line of a flush was acknowledged before that
# flush was sent. Requests that fail have a "complete:" line as well. After the first of them
# nothing succeeds any more, so the record ends there. Every block is written once and contains its
# own offset.
#
# Some of the writes that were acknowledged after the last flush must be lost, otherwise the cache
# was not volatile and the test proved nothing. And a device that completes flushes without doing
# them must be detected.
#
# ROUNDS sets the number of rounds (default 4), SEED repeats a run.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

seed=${SEED:-$(new_seed)}
rounds=${ROUNDS:-4}
echo "seed $seed, $rounds rounds"

# record: convert $dir/out and $dir/err to lines "must OFFSET" (a completed flush covers the write)
# and "may OFFSET" (the write was only acknowledged) in $dir/record.
record() {
	# Failed requests: kind ("sync", "write") and offset.
	sed -n 's/^fio: io_u error .*: \([a-z]*\) offset=\([0-9]*\), buflen=.*/error \1 \2/p' "$dir/err" >"$dir/errors"
	sed -n -E 's/^io +([0-9]+) +(queue|complete): io_u ([^:]*): off=0x([0-9a-f]+),len=0x[0-9a-f]+,ddir=([0-9]+),.*/\1 \2 \3 \4 \5/p' \
		"$dir/out" >"$dir/trace"
	awk '
	function decimal(hex, i, n) {
		for (i = 1; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	FILENAME ~ /errors$/ { bad[($2 == "write") " " $3]; next }
	{ job = $1; offset = decimal($4); what = ($5 == 1) " " offset }
	ended[job] { next }
	# The flush covers all writes acknowledged so far.
	$2 == "queue" && $5 > 2 { stands_for[job, $3] = acked[job] }
	$2 == "complete" && what in bad { ended[job] = 1; next }
	$2 == "complete" && $5 == 1 { write[job, ++acked[job]] = offset }
	$2 == "complete" && $5 > 2 && stands_for[job, $3] > promised[job] { promised[job] = stands_for[job, $3] }
	END {
		for (job in acked)
			for (i = 1; i <= acked[job]; i++)
				print(i <= promised[job] ? "must" : "may", write[job, i])
	}' "$dir/errors" "$dir/trace" >"$dir/record"
}

# compare: compare the record with the store. Sets $must (number of "must" writes), $lost (how many
# of them are lost), and $gone (number of "may" writes that are lost).
compare() {
	# A block with any other content than its offset counts as lost.
	od -An -v -tu8 -w8 "$img" | awk '
	{ at = int((NR - 1) / 512); whole[at] += $1 == at * 4096 }
	END { for (at in whole) if (whole[at] == 512) print "stored", at * 4096 }' >"$dir/stored"
	# shellcheck disable=SC2046
	set -- $(awk '
	$1 == "stored" { there[$2] = 1; next }
	{ n[$1]++; missing[$1] += !($2 in there) }
	END { print n["must"] + 0, missing["must"] + 0, n["may"] + 0, missing["may"] + 0 }' "$dir/stored" "$dir/record")
	must=$1 lost=$2 gone=$4
}

# one_round "JOB" "ORDER" ["ORDERS"]: start a device and a job, and end both: by ORDER or, if ORDER
# is empty, by a kill at a random moment. ORDERS (one per line) are given to the device before the
# job starts.
one_round() {
	mkfifo "$dir/orders" 2>/dev/null
	start_file_device a 16M --queues 4 --volatile-cache --orders "$dir/orders" ${2:+--order "$2"}
	if [ -n "${3-}" ]; then
		echo "$3" 1<>"$dir/orders"
		wait_until 10 obeyed 1 "${3##*"
"}" || fail "the device did not accept its orders: $(cat "$sock.said")"
	fi
	# shellcheck disable=SC2086
	start_fio --name=j --bs=4k --offset=4k --size=16380k $1 --verify=pattern --verify_pattern=%o --do_verify=0 \
		--debug=io --filename="$sock"
	if [ -z "$2" ]; then
		wait_until 20 has 200 'complete: io_u' "$dir/out" || fail "$1: no request was acknowledged"
		draw 100
		nap "$drawn"
		kill -KILL "$device"
	fi
	finish_fio 40
	kill -KILL "$device" 2>/dev/null
	wait "$device" 2>/dev/null
	[ $rc -lt 126 ] || fail "$1: fio crashed with status $rc"
	expect_no_line 'driver broke' "$sock.said"
	record
	compare
	rm -f "$img" "$sock"
}

draw_job() {
	pick split packed
	job="--vblk_ring=$drawn"
	pick spin block hybrid
	job="$job --vblk_wait=$drawn"
	pick --fsync=1 --fsync=8 --fdatasync=3 --fdatasync=32 --fsync=100
	job="$job $drawn"
	pick 1 4 32
	job="$job --iodepth=$drawn"
	pick "--numjobs=1" "--numjobs=3 --size=4M --offset_increment=4M" \
		"--numjobs=3 --thread=1 --size=4M --offset_increment=4M"
	job="$job $drawn"
	pick write randwrite
	job="$job --rw=$drawn"
	draw 2000
	order="die $((drawn + 1))"
	draw 2
	[ "$drawn" = 1 ] || order=
}

one_round "--rw=write --fsync=100 --iodepth=4" "die 190 write"
[ "$lost" = 0 ] || fail "$lost of $must writes that a completed flush covers are lost"
[ "$must" -gt 0 ] || fail "no flush completed: nothing was tested"
[ "$gone" -gt 0 ] || fail "the cache is not volatile: nothing was tested"

promised=$must unflushed=$gone round=1
while [ $round -le "$rounds" ]; do
	draws_from "$seed" $round
	draw_job
	one_round "$job" "$order"
	[ "$lost" = 0 ] ||
		fail "round $round, SEED=$seed: $lost of $must writes that a completed flush covers are lost: $job $order"
	promised=$((promised + must))
	unflushed=$((unflushed + gone))
	round=$((round + 1))
done
echo "$promised flushed writes are stored, $unflushed writes that were not flushed are lost"

# A device that completes flushes without doing them.
# shellcheck disable=SC2046
one_round "--rw=write --fsync=8 --iodepth=4" "die 300 write" "$(printf 'no-data %d flush\n' $(seq 300))"
echo "a device that ignores flushes lost $lost of $must"
[ "$lost" -gt 0 ] || fail "a device that ignores flushes was not detected"
