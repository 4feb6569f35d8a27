#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Random rounds of a job, a device and perhaps a fault, drawn from a seed, until the time is over or a round fails. The
# seed and the number of a round determine what the round does, so that the command printed for a failed round repeats
# it; only the timing of events cannot be repeated.
#
#   t/long/soak.sh [--seconds N] [--seed N] [--rounds N]    run rounds, from the first one on
#   t/long/soak.sh --seed N --round K                       run one round and print its description
#
# Checked in each round: fio's exit status and the jobs' errors, fio's verification, the image as psync reads it, the
# engine's messages and statistics, the test devices' checks of the driver, and that nothing is left behind.
usage() {
	sed -n 's/^#   /  /p' "$0" >&2
	exit 2
}

seconds=60 seed='' rounds='' round=''
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $2 in '' | *[!0-9]*) usage ;; esac
	case $1 in
	--seconds) seconds=$2 ;;
	--seed) seed=$2 ;;
	--rounds) rounds=$2 ;;
	--round) round=$2 ;;
	*) usage ;;
	esac
	shift 2
done

# Each round is a process of its own, so that no state of the shell is passed to the next round.
ROUND_SECONDS=150
if [ -z "$round" ]; then
	seed=${seed:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
	said=$(mktemp) || exit 99
	trap 'rm -f "$said"' EXIT
	trap 'exit 1' INT TERM HUP
	began=$(date +%s)
	echo "soak: seed $seed"
	round=1
	while [ $(($(date +%s) - began)) -lt "$seconds" ] && [ "$round" -le "${rounds:-$round}" ]; do
		status=0
		timeout -k 10 $ROUND_SECONDS sh "$0" --seed "$seed" --round $round >"$said" 2>&1 || status=$?
		case $status in
		0) [ -z "${SOAK_LOG-}" ] || cat "$said" >>"$SOAK_LOG" ;;
		77) cat "$said" ; exit 77 ;;
		*)
			# Print the output without fio's report.
			grep -v '^[ {}]' "$said"
			[ $status -ne 124 ] && [ $status -ne 137 ] || echo "soak: the round did not finish within $ROUND_SECONDS s"
			echo "soak: round $round failed after $(($(date +%s) - began)) s; to repeat the round:"
			echo "${VBLK_SANITIZERS:+VBLK_SANITIZERS=$VBLK_SANITIZERS }sh $0 --seed $seed --round $round"
			exit 1
			;;
		esac
		round=$((round + 1))
	done
	echo "soak: $((round - 1)) rounds in $(($(date +%s) - began)) s, all successful; seed $seed"
	exit 0
fi
[ -n "$seed" ] || usage

. "${srcdir:-$(dirname "$0")/../..}/t/end-to-end/lib.sh"
need jq
# shellcheck disable=SC2034
double_free_of_fio=expected

said() {
	echo "soak: round $round: $*"
}

# ---- devices ----

# draw_device [KIND]: draw the options of a device, as far as its kind has them. Sets $kind, $layout, $features and
# $device_options.
draw_device() {
	pick device device device qsd fake
	kind=${1:-$drawn}
	[ "$kind" != device ] || [ -x "$builddir/t/vblk-device/vblk-device" ] || kind=qsd
	pick 512 512 4096
	block=$drawn
	in_order='' device_options=''
	pick split packed
	layout=$drawn
	pick '' '' '' -indirect_desc -event_idx -indirect_desc,-event_idx
	features=$drawn
	case $kind in
	qsd) layout='split' ;;
	fake)
		pick '' --poll --split-replies
		device_options=$drawn
		;;
	device)
		pick '' '' --poll --threads
		device_options=$drawn
		pick '' '' '' "--seg-max 24 --size-max 16384" "--wce" "--volatile-cache" "--no-indirect" "--no-event-idx" "--no-flush"
		device_options="$device_options $drawn"
		pick '' '' yes
		if [ -n "$drawn" ] && [ -z "$not_in_order" ]; then
			in_order=yes
			device_options="$device_options --in-order"
			features=${features:+$features,}+in_order
		fi
		;;
	esac
}

# start_drawn [OPTION]...: start the drawn device, with additional options if it is t/vblk-device/vblk-device or
# t/fake-backend/fake-backend. Sets $back_end.
start_drawn() {
	case $kind in
	qsd)
		start_qsd a size=32M queues=4 block="$block"
		back_end=$qsd
		;;
	fake)
		# shellcheck disable=SC2086
		start_fake a --size 32M --queues 4 --block-size "$block" $device_options "$@"
		back_end=$fake
		;;
	device)
		# shellcheck disable=SC2086
		start_file_device a 32M --queues 4 --block-size "$block" $device_options "$@"
		back_end=$device
		;;
	esac
}

# end_drawn: end the device; fail if it has complaints
end_drawn() {
	case $kind in
	qsd)
		kill -TERM "$back_end"
		wait "$back_end" || true
		;;
	fake) stop_fake ;;
	device) stop_device ;;
	esac
	nothing_left
}

# ---- jobs ----

# Draw the options of the job that do not change its requests. Sets $shape.
draw_shape() {
	shape="--output-format=json --vblk_notes=stderr --vblk_stats=$dir/stats --vblk_ring=$layout ${features:+--vblk_features=$features}"
	pick spin block hybrid "hybrid --vblk_spin=0" "hybrid --vblk_spin=500us"
	wait=${drawn%% *}
	shape="$shape --vblk_wait=$drawn"
	pick 0 1
	thread=$drawn
	shape="$shape --thread=$thread"
	pick 0 0 0 16 64 1024
	[ "$layout" != packed ] || { [ "$drawn" = 16 ] && drawn=37; }
	ring_size=$drawn
	shape="$shape --vblk_queue_size=$ring_size"
	pick 1 1 2 4
	segments=$drawn
	shape="$shape --vblk_segments=$segments"
	pick '' '' "--vblk_hugepages=none" "--vblk_poison=1" "--vblk_queues=4"
	shape="$shape $drawn"
	pick '' '' "--iodepth_batch_submit=8 --iodepth_batch_complete_max=16" "--iodepth_batch_submit=4 --iodepth_batch_complete_min=2" \
		"--iodepth_low=2"
	batch=$drawn
	pick 1 2 8 32 128
	depth=$drawn
	[ "$depth" -ge 8 ] || batch=
}

# Draw sizes; each job has its own range of the device. Sets $sizes.
draw_sizes() {
	pick 1 1 2 4
	jobs=$drawn
	pick 1 2 4
	megabytes=$drawn
	# Sometimes start at an offset.
	pick 0 0 4096 1048576 65536
	start=$drawn
	pick 4k 4k 8k 16k 64k "$block-16k"
	case $drawn in
	*-*) size_of=--bsrange=$drawn ;;
	*) size_of=--bs=$drawn ;;
	esac
	sizes="--numjobs=$jobs --size=${megabytes}M --offset=$start --offset_increment=${megabytes}M $size_of --iodepth=$depth $batch"
}

# Draw the options of a job that verifies. Sets $verify.
draw_verify() {
	pick crc32c md5 crc64 sha256 xxhash meta crc32c crc32c
	verify="--verify=$drawn --verify_fatal=1 --randseed=$((seed % 1000 + round))"
	pick '' '' '' --fsync=8 --fdatasync=16 --end_fsync=1
	verify="$verify $drawn"
}

# ---- what is expected ----

# stats FILTER: expect a jq filter to be true of the queue statistics
stats() {
	expect_stat "$1"
}

all_well() {
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	[ "$(report '[.jobs[] | select(.error != 0)] | length')" = 0 ] || fail "a job has an error"
	expect_no_line '^vblk: .*(error|no completion|closed the connection|without a notification|not stopped)' "$dir/err"
	expect_no_line '^(fio|verify): ' "$dir/err"
}

# Check the statistics of a run without failures, also against fio's report.
counts_agree() {
	[ "$(queue_stats -s length)" = "$jobs" ] || fail "the number of queue statistics is not $jobs, one per job"
	for which in "reads read" "writes write"; do
		ours=$(queue_stats -s "map(.${which% *}) | add")
		fios=$(report "[.jobs[].${which#* }.total_ios] | add")
		[ "$ours" = "$fios" ] || fail "$ours ${which% *} by the engine's count, $fios by fio's"
	done
	stats 'all(.errors == 0 and .missed_notifications == 0 and .reconnects == 0 and .resubmitted == 0)'
	stats 'all(.kicks + .kicks_suppressed == .publishes and .wakeups <= .sleeps)'
	stats "all(.largest_depth <= $depth)"
	stats 'all(.publishes <= .reads + .writes + .flushes + .discards + .write_zeroes + .secure_erases + .zone_commands + .split_trims * 64)'
	[ "$wait" != spin ] || stats 'all(.sleeps == 0)'
}

nothing_left() {
	wait_until 10 none_runs || fail "still running: $(ours)"
	! grep -q "$dir/" /proc/net/unix || fail "a socket is left: $(grep "$dir/" /proc/net/unix)"
}

none_runs() {
	for left in $(ours); do
		! alive "$left" || return 1
	done
}

strict_device_content() {
	case $kind in
	qsd) ;;
	*) expect_no_line 'driver broke' "$sock.said" ;;
	esac
}

# go OPTION...: run fio, with the options printed first. Sets $rc.
go() {
	said "$kind $device_options $(echo "$*" | sed "s#$dir/##g")"
	# shellcheck disable=SC2086
	run_fio "$@"
	strict_device_content
}

# ---- rounds ----

# Writes, or a mix of reads and writes, verified by fio, and by psync where possible.
round_verify() {
	draw_device
	draw_shape
	draw_sizes
	draw_verify
	pick write randwrite randwrite randrw rw
	rw=$drawn
	pick '' '' --verify_backlog=16 --verify_async=1 --loops=2 --verify_backlog=64
	more=$drawn
	case $rw in
	*rw)
		# With any ioengine, fio fails to verify mixed reads and writes in the second loop.
		[ "$more" != --loops=2 ] || more=
		pick --rwmixread=30 --rwmixread=70
		more="$more $drawn"
		;;
	esac
	start_drawn "$@"
	# shellcheck disable=SC2086
	go --name=j --rw=$rw $sizes $verify $shape $more --filename="$sock"
	all_well
	[ -n "$faulty" ] || counts_agree
	# psync can verify only if it can derive the expected data.
	case $kind:$rw in
	fake:* | *:*rw) return 0 ;;
	esac
	case "$device_options $more" in
	*volatile-cache* | *loops*) return 0 ;;
	esac
	# shellcheck disable=SC2086
	psync_ok --name=j --rw=$rw $sizes $verify --verify_only --filename="$img"
}

# Reads of data that psync wrote.
round_read() {
	pick device device qsd
	draw_device "$drawn"
	draw_shape
	draw_sizes
	draw_verify
	pick write randwrite
	rw=$drawn
	start_drawn
	# shellcheck disable=SC2086
	psync_ok --name=j --rw=$rw $sizes $verify --do_verify=0 --filename="$img"
	# shellcheck disable=SC2086
	go --name=j --rw=$rw $sizes $verify $shape --verify_only --filename="$sock"
	all_well
	# With verify_only fio counts writes that it does not submit.
	stats 'all(.errors == 0 and .writes == 0 and .reads > 0 and .missed_notifications == 0)'
}

# Trims of every kind: trimmed ranges read as zeroes, the data around them is unchanged.
round_trim() {
	pick device device qsd
	draw_device "$drawn"
	not_volatile=$(echo "$device_options" | sed 's/--volatile-cache//')
	device_options=$not_volatile
	draw_shape
	draw_sizes
	pick discard write_zeroes write_zeroes_unmap secure_erase
	[ "$drawn:$kind" != secure_erase:qsd ] || drawn=discard
	trim=$drawn
	[ "$trim" != secure_erase ] || device_options="$device_options --secure-erase"
	[ "$kind" != device ] || {
		pick '' '' "--max-discard-seg 4 --max-write-zeroes-seg 2"
		device_options="$device_options $drawn"
	}
	pick trim randtrim
	make_image "$dir/a.img" 33554432
	cp "$dir/a.img" "$dir/before"
	start_drawn
	# shellcheck disable=SC2086
	go --name=j --rw="$drawn" $sizes $shape --vblk_trim=$trim --filename="$sock"
	all_well
	stats 'all(.errors == 0)'
	end=$((start + jobs * megabytes * 1048576))
	zero_range "$img" "$start" $((end - start)) || fail "not all of $start to $end reads as zeroes"
	[ "$start" = 0 ] || same_range "$img" "$dir/before" 0 "$start" || fail "something before $start was trimmed"
	same_range "$img" "$dir/before" $end $((33554432 - end)) || fail "something from $end on was trimmed"
}

round_zones() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	block=512
	pick '' --threads --poll
	device_options="$drawn --zoned --zone-size 1M --zone-capacity 768K --max-open-zones 4 --max-active-zones 6"
	[ -z "$in_order" ] || device_options="$device_options --in-order"
	pick 0 2
	device_options="$device_options --conventional-zones $drawn"
	draw_shape
	start_drawn
	pick write randwrite
	rw=$drawn
	pick 1 2
	jobs=$drawn
	pick 4k 16k 64k
	# shellcheck disable=SC2086
	go --name=j --rw=$rw --bs="$drawn" --numjobs=$jobs --zonemode=zbd --direct=1 --offset=4M --size=8M --io_size=3M \
		--offset_increment=8M --max_open_zones=2 --iodepth="$depth" --verify=crc32c $shape --filename="$sock"
	all_well
	stats 'all(.errors == 0 and .missed_notifications == 0)'
}

# draw_orders WORD...: draw some orders for t/vblk-device/vblk-device from these words. Sets $orders.
draw_orders() {
	orders=
	draw 4
	count=$((drawn + 1))
	while [ $count -gt 0 ]; do
		draw 400
		nr=$((drawn + 1))
		pick "$@"
		orders="$orders --order '$(echo "$drawn" | sed "s/ N/ $nr/")'"
		count=$((count - 1))
	done
}

# Late or reordered completions are no error.
round_late() {
	not_in_order=yes
	pick 5 50 300
	draw_orders "delay=$drawn N" "reorder N" "delay=$drawn N write" "reorder N read" "delay=$drawn N flush"
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	faulty=late
	also="$orders"
	late_verify
}

late_verify() {
	draw_device device
	draw_shape
	draw_sizes
	draw_verify
	pick write randwrite randrw
	rw=$drawn
	eval "start_drawn $also"
	# shellcheck disable=SC2086
	go --name=j --rw=$rw $sizes $verify $shape --filename="$sock"
	said "orders: $also"
	all_well
	counts_agree
}

# Each failing request is counted once, and the requests that follow are not affected.
round_fail() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	draw_shape
	draw_sizes
	pick read:read write:write randread:read randwrite:write
	rw=${drawn%:*} type=${drawn#*:}
	# Of all errors, continue_on_error= covers these.
	pick fail fail=1
	draw_orders "$drawn N $type"
	eval "start_drawn $orders"
	# shellcheck disable=SC2086
	go --name=j --rw=$rw $sizes $shape --continue_on_error=all --filename="$sock"
	said "orders: $orders"
	total=$(queue_stats -s 'map(.reads + .writes) | add')
	errors=$(report '[.jobs[].total_err] | add')
	# Count the orders whose request was submitted; two orders for one request are one failure.
	wanted=$(echo "$orders" | tr "'" '\n' | awk -v total="$total" \
		'/^fail/ && $2 <= total { n[$2] } END { for (i in n) c++; print c + 0 }')
	[ "$errors" = "$wanted" ] || fail "fio counts $errors errors instead of the $wanted ordered failures"
	[ "$(queue_stats -s 'map(.errors) | add')" = "$wanted" ] || fail "the statistics do not count $wanted errors"
}

# A request that is never answered ends the job that waits for it, and the message says so.
round_drop() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	not_in_order=yes
	draw_device device
	draw_shape
	jobs=1
	draw 200
	nr=$((drawn + 1))
	pick read write
	type=$drawn
	start_drawn --order "drop $nr $type"
	# shellcheck disable=SC2086
	go --name=j --rw=rand$type --bs=4k --size=2M --iodepth="$depth" $batch $shape --vblk_io_timeout=1s --filename="$sock"
	[ $rc -ne 0 ] || fail "fio succeeded although request $nr was not answered"
	[ "$(report '.jobs[0].error')" = 110 ] || fail "the error is not ETIMEDOUT"
	expect_count 1 "^vblk: .*job 'j': no completion for 1\\.[0-9] s with [0-9]+ requests outstanding" "$dir/err"
	# The device still serves the next run.
	kill -0 "$back_end" || fail "the device ended"
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --vblk_ring=$layout --filename="$sock"
}

# A device that completes requests without status or without data is detected.
round_lie() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	draw_shape
	jobs=1
	pick "no-status:71" "no-data:84"
	lie=${drawn%:*} error=${drawn#*:}
	draw 200
	nr=$((drawn + 1))
	pick read write
	start_drawn --order "$lie $nr $drawn"
	# shellcheck disable=SC2086
	go --name=j --rw=write --bs=4k --size=2M --iodepth="$depth" $batch --verify=crc32c $shape --filename="$sock"
	[ $rc -ne 0 ] || fail "fio succeeded although $drawn $nr had the fault $lie"
	got=$(report '.jobs[0].error')
	[ "$got" = "$error" ] || fail "the error is $got, not $error, for $lie"
}

# busy_jobs [OPTION]...: start a run that continues until it is disturbed. Sets $fio.
busy_jobs() {
	draw_shape
	draw_sizes
	pick randwrite randrw randread write
	# shellcheck disable=SC2086
	set -- --name=j --rw="$drawn" $sizes $shape --time_based --runtime=120 "$@"
	said "$kind $device_options $(echo "$*" | sed "s#$dir/##g")"
	start_fio "$@" --filename="$sock"
	wait_until 20 has_jobs || fail "fio's jobs do not start"
	draw 600
	nap "$drawn"
}

has_jobs() {
	if [ "$thread" = 0 ]; then
		has_children "$fio" "$jobs"
	else
		# shellcheck disable=SC2012 # In addition to the jobs: fio's main thread, a helper and the keeper.
		[ "$(ls "/proc/$fio/task" 2>/dev/null | wc -l)" -ge $((jobs + 3)) ]
	fi
}

# The back-end is killed, and the engine does not reconnect.
round_killed() {
	draw_device
	start_drawn
	busy_jobs
	kill -KILL "$back_end"
	wait "$back_end" 2>/dev/null
	finish_fio 20
	[ $rc -ne 0 ] && [ $rc -lt 126 ] || fail "fio ended with status $rc without its back-end"
	# A job that has not started yet has no requests in flight.
	expect_count 1 '^vblk: .*/a.sock: back-end closed the connection(, with [0-9]+ requests in flight)?$' "$dir/err"
	strict_device_content
	rm -f "$sock"
	ended=yes
	nothing_left
}

# One of several job processes is killed: the others are not affected.
round_job_killed() {
	draw_device
	start_drawn
	draw_shape
	thread=0 jobs=3
	# shellcheck disable=SC2086
	start_fio --name=j --rw=randwrite --bs=4k --size=4M --offset_increment=4M --iodepth="$depth" --numjobs=3 --loops=20 \
		--verify=crc32c $shape --thread=0 --filename="$sock"
	said "$kind $device_options $shape --iodepth=$depth"
	wait_until 20 has_jobs || fail "fio's jobs do not start"
	draw 300
	nap "$drawn"
	draw 3
	victim=$(children "$fio" | sed -n "$((drawn + 1))p")
	[ -n "$victim" ] || fail "there is no job left to kill"
	kill -KILL "$victim"
	finish_fio 90
	[ "$(report '[.jobs[] | select(.error == 0 and .read.total_ios == 20480)] | length')" = 2 ] ||
		fail "the other jobs did not succeed"
	expect_no_line '^verify: |no completion|closed the connection' "$dir/err"
}

round_interrupted() {
	draw_device
	start_drawn
	busy_jobs
	kill -INT "$fio"
	finish_fio 20
	[ $rc -eq 0 ] || [ $rc -eq 128 ] || fail "fio ended with status $rc when it was interrupted"
	expect_no_line '^vblk: .*(error|no completion|closed|not stopped)' "$dir/err"
	strict_device_content
	all_read_again
}

# A device that was stopped cleanly serves the next run.
all_read_again() {
	# shellcheck disable=SC2086
	fio_ok --name=again --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --vblk_ring=$layout --filename="$sock"
}

# Return true if the jobs are running, or have finished already.
set_up() {
	has_jobs || gone "$fio"
}

# The back-end dies and comes back, several times: the jobs only take longer.
round_back() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	# The contents of a volatile cache are lost with the device, which is correct.
	device_options=$(echo "$device_options" | sed 's/--volatile-cache//')
	pick '' '' yes
	with=--vblk_reconnect=30s
	if [ -n "$drawn" ]; then
		with="$with --vblk_inflight=1"
		device_options="$device_options --inflight"
	fi
	draw_shape
	draw_sizes
	draw_verify
	pick write randwrite randrw
	rw=$drawn
	more=--loops=6
	[ "$rw" != randrw ] || more= # fio cannot verify mixed reads and writes in a second loop
	draw 1500
	die="--order 'die $((drawn + 1))'"
	pick "$die" ""
	eval "start_drawn $drawn"
	said "$kind $device_options $drawn $rw $sizes $verify $with $(echo "$shape" | sed "s#$dir/##g")"
	# shellcheck disable=SC2086
	start_fio --name=j --rw=$rw $sizes $verify $with $shape $more --filename="$sock"
	wait_until 20 set_up || fail "the jobs do not start"
	pick 1 2 3
	deaths=$drawn died=0
	while [ $died -lt "$deaths" ] && alive "$fio"; do
		draw 400
		nap $((50 + drawn))
		kill -KILL "$device" 2>/dev/null
		wait "$device" 2>/dev/null
		strict_device_content
		died=$((died + 1))
		draw 300
		nap "$drawn"
		rm -f "$sock"
		start_drawn
	done
	finish_fio 100
	# The back-end may have gone after all requests had completed and nothing waited for its return: the engine
	# reports that as an error.
	if grep -q '^vblk: .*not stopped cleanly: back-end closed the connection' "$dir/err"; then
		said "the back-end was away at the end of the run"
		[ "$(report '[.jobs[] | select(.error != 0)] | length')" = 0 ] || fail "a job has an error"
		expect_no_line '^verify: ' "$dir/err"
	else
		all_well
	fi
	strict_device_content
	said "died $died times, reconnects $(queue_stats -s 'map(.reconnects) | add'), resubmitted $(queue_stats -s 'map(.resubmitted) | add')"
	stats 'all(.errors == 0)'
}

not_in_order='' faulty='' ended=''
draws_from "$seed" "$round"
pick verify verify verify verify read trim zones late late fail drop lie killed job_killed interrupted back back
"round_$drawn"
if [ -z "$ended" ] && [ -n "${back_end-}" ]; then
	expect_no_jobs_left
	end_drawn
fi
