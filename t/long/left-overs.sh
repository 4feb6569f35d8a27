#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# However a run ends, it leaves nothing behind: no process, no memory shared with a back-end, no descriptor in a
# back-end that continues, no socket, no huge page, no shared memory of fio. Tested with successful runs, failing
# set-ups, and killed back-ends, jobs and fio processes. RUNS sets the number of runs (15); SEED repeats a sequence.
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

seed=${SEED:-$(new_seed)}
runs=${RUNS:-15}
echo "seed $seed, $runs runs"

meminfo() {
	sed -n "s/^$1: *//p" /proc/meminfo
}

# Return true if no back-end of this test has the memory of a finished run mapped or open.
no_arena_left() {
	# shellcheck disable=SC2086
	for left in $(ours); do
		! grep -qs memfd:vblk "/proc/$left/maps" || return 1
		# shellcheck disable=SC2010
		! ls -l "/proc/$left/fd" 2>/dev/null | grep -q memfd:vblk || return 1
	done
}

fds() {
	# shellcheck disable=SC2012
	ls "/proc/$1/fd" 2>/dev/null | wc -l
}

as_many_fds() {
	[ "$(fds "$1")" -le "$2" ]
}

# Count System V shared memory segments without an attached process.
shared_left() {
	awk 'NR > 1 && $7 == 0' /proc/sysvipc/shm | wc -l
}

no_shared_left() {
	[ "$(shared_left)" -le "$shared" ]
}

huge_free() {
	[ "$(meminfo HugePages_Free)" -ge "$huge" ]
}

no_children_left() {
	# The shell reaps its back-ends with an explicit wait; any other child is an orphan or a zombie of a run.
	for child in $(children $$); do
		case " $pids " in
		*" $child "*) ;;
		*) [ ! -e "/proc/$child" ] || ! grep -qs 'fio\|vblk' "/proc/$child/comm" || return 1 ;;
		esac
	done
}

# connections: number of sockets with the path $sock: the listener, and one for each connection
connections() {
	grep -c " $sock\$" /proc/net/unix
}

only_listener() {
	[ "$(connections)" -le 1 ]
}

need_huge=
if [ "$(meminfo HugePages_Total)" -gt 0 ]; then
	need_huge=yes
	huge=$(meminfo HugePages_Free)
fi
shared=$(shared_left)

settled() {
	where="$1 (SEED=$seed, run $run)"
	expect_no_jobs_left
	no_children_left || fail "$where: a process is still running"
	wait_until 10 no_arena_left || fail "$where: a back-end still has the memory of the run"
	wait_until 5 only_listener || fail "$where: $(connections) sockets are left: $(grep " $sock\$" /proc/net/unix)"
	wait_until 5 no_shared_left || fail "$where: shared memory is left"
	# Other processes may use huge pages for a while.
	[ -z "$need_huge" ] || wait_until 60 huge_free ||
		fail "$where: $(meminfo HugePages_Free) huge pages are free, not $huge"
}

# The kinds of runs. A back-end serves many runs, until it is killed; $kind is its kind.
healthy() {
	pick 0 1
	how="--thread=$drawn"
	pick "--vblk_wait=spin" "--vblk_wait=block" ""
	how="$how $drawn"
	pick 1 3
	how="$how --numjobs=$drawn"
	# shellcheck disable=SC2086
	fio_ok --name=j --rw=randrw --bs=4k --size=256k --offset_increment=256k --iodepth=16 --verify=crc32c $how \
		--filename="$sock"
}

set_up_fails() {
	pick "--vblk_queues=2 --numjobs=4" "--vblk_features=+zoned" "--bs=1k --blockalign=100 --bs_unaligned=1 --bs=700" \
		"--vblk_queue=70" "--numjobs=9" "--vblk_ring=split --vblk_features=+ring_packed" "--vblk_trim=secure_erase --rw=trim"
	# shellcheck disable=SC2086
	run_fio --name=j --rw=randread --bs=4k --size=256k $drawn --filename="$sock"
	[ $rc -ne 0 ] || fail "$drawn: the set-up did not fail"
}

# One usable device, and one that does not exist.
half_set_up() {
	run_fio --name=j --rw=randread --bs=4k --size=256k --filename="$sock:$dir/nobody.sock"
	[ $rc -ne 0 ] || fail "the set-up did not fail"
}

# In addition to the jobs, fio has its main thread, a helper and the keeper.
has_jobs() {
	if [ "$1" = 0 ]; then
		has_children "$fio" 3
	else
		# shellcheck disable=SC2012
		[ "$(ls "/proc/$fio/task" 2>/dev/null | wc -l)" -ge 6 ]
	fi
}

# begin THREAD: start a run that continues until it is disturbed
begin() {
	pick spin block hybrid
	start_fio --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --time_based --runtime=300 --numjobs=3 \
		--thread="$1" --vblk_wait="$drawn" --filename="$sock"
	# Before the jobs start, fio handles a signal differently.
	wait_until 20 has_jobs "$1" || fail "fio's jobs do not start"
	draw 200
	nap $((100 + drawn))
}

back_end_killed() {
	pick 0 1
	begin "$drawn"
	kill -KILL "$back_end"
	wait "$back_end" 2>/dev/null
	finish_fio 15
	[ $rc -ne 0 ] || fail "fio succeeded without a back-end"
	start_back_end
}

job_killed() {
	begin 0
	kill -KILL "$(children "$fio" | tail -n 1)"
	nap 50
	kill -INT "$fio"
	finish_fio 15
}

# Return true if only jobs are left that fio had not let start yet: they wait forever, with any ioengine.
not_started() {
	# shellcheck disable=SC2086
	for left in $(ours $pids); do
		grep -qs futex "/proc/$left/wchan" || return 1
	done
}

# All of fio is killed, at once; its jobs notice and end.
fio_killed() {
	begin 0
	kill -KILL "$fio"
	wait "$fio" 2>/dev/null
	# shellcheck disable=SC2086
	wait_until 15 not_started || fail "job processes outlive fio: $(ours $pids)"
	nap 100
	# shellcheck disable=SC2086
	for left in $(ours $pids); do
		kill -KILL "$left" 2>/dev/null
	done
}

interrupted() {
	pick 0 1
	begin "$drawn"
	kill -INT "$fio"
	finish_fio 15
	[ $rc -eq 0 ] || [ $rc -eq 128 ] || fail "fio ended with status $rc"
}

start_back_end() {
	pids= # killed processes are reaped, and their ids may be reused
	rm -f "$dir/a.sock" "$dir/a.sock.said"
	case $kind in
	qsd)
		start_qsd a size=4M queues=4
		back_end=$qsd
		;;
	device)
		start_device a --size 4M --queues 4
		back_end=$device
		;;
	fake)
		start_fake a --size 4M --queues 4
		back_end=$fake
		;;
	esac
	before=
}

run=1
for kind in qsd device fake; do
	[ "$kind" != device ] || [ -x t/vblk-device/vblk-device ] || continue
	draws_from "$seed" 0
	start_back_end
	case $kind in
	qsd) last=$((runs / 3)) ;;
	device) last=$((runs * 2 / 3)) ;;
	fake) last=$runs ;;
	esac
	while [ "$run" -le "$last" ]; do
		draws_from "$seed" $run
		double_free_of_fio=
		pick healthy healthy healthy set_up_fails half_set_up back_end_killed job_killed fio_killed interrupted
		what=$drawn
		case $what in job_killed | set_up_fails | half_set_up) double_free_of_fio=expected ;; esac
		echo "run $run: $what, $kind" >"$dir/run.log"
		$what
		settled "$what, $kind"
		if ! alive "$back_end"; then
			# qemu-storage-daemon 7.2 aborts when a driver disconnects while requests are in flight.
			[ "$kind" = qsd ] && grep -q 'Assertion .!server->wait_idle' "$sock.said" ||
				fail "$what, $kind: the back-end has ended: $(cat "$sock.said") (SEED=$seed, run $run)"
			wait "$back_end" 2>/dev/null
			start_back_end
		fi
		# The first run may make the back-end open descriptors that it keeps.
		if [ -z "$before" ]; then
			[ "$what" = back_end_killed ] || before=$(fds "$back_end")
		else
			wait_until 5 as_many_fds "$back_end" "$before" ||
				fail "$what, $kind: the back-end has $(fds "$back_end") descriptors, not $before (SEED=$seed, run $run)"
		fi
		[ ! -s "$dir/a.log" ] || : >"$dir/a.log"
		run=$((run + 1))
	done
	kill -TERM "$back_end"
	status=0
	wait "$back_end" || status=$?
	[ "$kind" = qsd ] || [ $status -eq 0 ] || fail "$kind ended with status $status: $(cat "$sock.said")"
	rm -f "$sock"
	! grep -q "$dir/" /proc/net/unix || fail "a socket is left: $(grep "$dir/" /proc/net/unix)"
	pids=
done
echo "$((run - 1)) runs left nothing behind"
