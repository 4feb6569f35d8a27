#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Everything mixed: rounds of a job, a device and perhaps a fault, drawn from a seed, until the time is over or something is
# not as it should be. Whatever a round does follows from the seed and its number, so that the command printed for one that
# failed does the same again; but for the moment at which things meet, which nobody can.
#
#   t/long/soak.sh [--seconds N] [--seed N] [--rounds N]    rounds from the first on
#   t/long/soak.sh --seed N --round K                       that one, and what it is
#
# What is held against what was to be: fio's exit status and the jobs' errors, what fio verifies, what psync reads in the
# image, the engine's messages and statistics, the test devices' strictness about the driver, and what is left over.
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

# A round is a process of its own: nothing that one leaves in the shell is met by the next.
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
			# Without the numbers of fio's report.
			grep -v '^[ {}]' "$said"
			[ $status -ne 124 ] && [ $status -ne 137 ] || echo "soak: the round did not end within $ROUND_SECONDS s"
			echo "soak: round $round failed after $(($(date +%s) - began)) s; again with:"
			echo "${VBLK_SANITIZERS:+VBLK_SANITIZERS=$VBLK_SANITIZERS }sh $0 --seed $seed --round $round"
			exit 1
			;;
		esac
		round=$((round + 1))
	done
	echo "soak: $((round - 1)) rounds in $(($(date +%s) - began)) s, all as they should be; seed $seed"
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

# The options that every kind of device is drawn, as far as it has them. Sets $kind, $layout, $offered.
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

# start_drawn [OPTION]...: with these options of t/vblk-device/vblk-device or t/fake-backend/fake-backend on top. Sets $back_end.
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

# end_drawn: the device ends, and has nothing to complain of.
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

# How requests go, whatever they are. Sets $shape.
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

# Sizes: each job has a part of the device of its own. Sets $sizes.
draw_sizes() {
	pick 1 1 2 4
	jobs=$drawn
	pick 1 2 4
	megabytes=$drawn
	# Something that is not the start of the device.
	pick 0 0 4096 1048576 65536
	start=$drawn
	pick 4k 4k 8k 16k 64k "$block-16k"
	case $drawn in
	*-*) size_of=--bsrange=$drawn ;;
	*) size_of=--bs=$drawn ;;
	esac
	sizes="--numjobs=$jobs --size=${megabytes}M --offset=$start --offset_increment=${megabytes}M $size_of --iodepth=$depth $batch"
}

# Of a job that verifies. Sets $verify.
draw_verify() {
	pick crc32c md5 crc64 sha256 xxhash meta crc32c crc32c
	verify="--verify=$drawn --verify_fatal=1 --randseed=$((seed % 1000 + round))"
	pick '' '' '' --fsync=8 --fdatasync=16 --end_fsync=1
	verify="$verify $drawn"
}

# ---- what is expected ----

# stats FILTER: true of all lines
stats() {
	expect_stat "$1"
}

all_well() {
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	[ "$(report '[.jobs[] | select(.error != 0)] | length')" = 0 ] || fail "a job has an error"
	expect_no_line '^vblk: .*(error|no completion|closed the connection|missed a notification|not stopped)' "$dir/err"
	expect_no_line '^(fio|verify): ' "$dir/err"
}

# The statistics of a run in which nothing failed, and those of fio.
counts_agree() {
	[ "$(queue_stats -s length)" = "$jobs" ] || fail "not a line of statistics for each job"
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

# Sets $rc. The options are said, so that a round can be looked at.
go() {
	said "$kind $device_options $(echo "$*" | sed "s#$dir/##g")"
	# shellcheck disable=SC2086
	run_fio "$@"
	strict_device_content
}

# ---- rounds ----

# Writes, or a mix of reads and writes; fio verifies, and psync does, where it can.
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
		# Whatever its engine, fio fails to verify mixed reads and writes the second time round.
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
	# Where psync can tell what is to be there.
	case $kind:$rw in
	fake:* | *:*rw) return 0 ;;
	esac
	case "$device_options $more" in
	*volatile-cache* | *loops*) return 0 ;;
	esac
	# shellcheck disable=SC2086
	psync_ok --name=j --rw=$rw $sizes $verify --verify_only --filename="$img"
}

# Reads what psync wrote.
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
	# fio counts writes that it only goes through the motions of.
	stats 'all(.errors == 0 and .writes == 0 and .reads > 0 and .missed_notifications == 0)'
}

# Trims of every kind: what was to be trimmed reads as zeroes, what is beside it is as it was.
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

# orders WORD...: lines of t/vblk-device/vblk-device's options for some of these
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

# What comes late or in another order is no error.
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

# Requests that fail are counted, each once, and those that follow are not disturbed.
round_fail() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	draw_shape
	draw_sizes
	pick read:read write:write randread:read randwrite:write
	rw=${drawn%:*} type=${drawn#*:}
	# Of all errors these are those that continue_on_error= is for.
	pick fail fail=1
	draw_orders "$drawn N $type"
	eval "start_drawn $orders"
	# shellcheck disable=SC2086
	go --name=j --rw=$rw $sizes $shape --continue_on_error=all --filename="$sock"
	said "orders: $orders"
	total=$(queue_stats -s 'map(.reads + .writes) | add')
	errors=$(report '[.jobs[].total_err] | add')
	# The numbers of those that there were; two orders for one request are one failure.
	wanted=$(echo "$orders" | tr "'" '\n' | awk -v total="$total" \
		'/^fail/ && $2 <= total { n[$2] } END { for (i in n) c++; print c + 0 }')
	[ "$errors" = "$wanted" ] || fail "$errors errors are counted, $wanted were ordered"
	[ "$(queue_stats -s 'map(.errors) | add')" = "$wanted" ] || fail "the statistics have other errors than $wanted"
}

# A request that is never answered ends the jobs that wait for it, and the line says so.
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
	# It serves the next one.
	kill -0 "$back_end" || fail "the device ended"
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --vblk_ring=$layout --filename="$sock"
}

# A device that lies is found out.
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
	[ $rc -ne 0 ] || fail "fio succeeded where $drawn $nr had $lie"
	got=$(report '.jobs[0].error')
	[ "$got" = "$error" ] || fail "the error is $got, not $error, for $lie"
}

# busy_jobs: a run that goes on until it is disturbed; sets $fio
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
		# shellcheck disable=SC2012 # Beside the jobs there are fio's main thread, a helper and the keeper.
		[ "$(ls "/proc/$fio/task" 2>/dev/null | wc -l)" -ge $((jobs + 3)) ]
	fi
}

# The back-end is killed, and nobody tries to reach it again.
round_killed() {
	draw_device
	start_drawn
	busy_jobs
	kill -KILL "$back_end"
	wait "$back_end" 2>/dev/null
	finish_fio 20
	[ $rc -ne 0 ] && [ $rc -lt 126 ] || fail "fio ended with status $rc without its back-end"
	# A job that had not begun yet has none in flight to speak of.
	expect_count 1 '^vblk: .*/a.sock: back-end closed the connection(, with [0-9]+ requests in flight)?$' "$dir/err"
	strict_device_content
	rm -f "$sock"
	ended=yes
	nothing_left
}

# One of several job processes is killed: the others do not notice.
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
		fail "the other jobs did not end well"
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

# A device that was left in order serves the next run.
all_read_again() {
	# shellcheck disable=SC2086
	fio_ok --name=again --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --vblk_ring=$layout --filename="$sock"
}

# Jobs run, or have run already.
set_up() {
	has_jobs || gone "$fio"
}

# The back-end dies and comes back, several times: nobody but the clock notices.
round_back() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || return 0
	draw_device device
	# What a volatile cache held is lost, and rightly so.
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
	[ "$rw" != randrw ] || more= # see above
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
	# It may have gone when all had been answered and nobody was left to wait for it: that is said, and an error.
	if grep -q '^vblk: .*not stopped in order: back-end closed the connection' "$dir/err"; then
		said "the back-end was away at the very end"
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
