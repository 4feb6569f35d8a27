# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh and the kind's own script share variables with it
# What has to go the same way on every kind of device. Sourced after lib.sh; the kind's own script says
#
# kind       its name, for the lines
# transport  the engine's name of how it is reached
# find_device  a command that sets $device, its path, and $device2, that of a second one
# queues     how many it has
# layouts    of rings that it offers
# plain      a command: "plain on" has the kernel (or whatever is not our engine) show what is stored, in the file or
#            block device $store, "plain off" gives the device back

small='--name=small --bs=4k --size=1m --iodepth=16'

# The device as fio is told of it
target() {
	echo "--filename=$(escaped "$device")"
}

case_info() {
	./vblk-info "$device" >"$dir/out" 2>"$dir/err" || fail "vblk-info ended with status $?"
	line "^transport +$transport" "$dir/out"
	line "^queues +$queues\$" "$dir/out"
	info_is ".transport == \"$transport\" and .path == \"$device\" and .queues == $queues and .error == null"
}

# The examples' job file, unchanged but for the device
case_example() {
	named=$(echo "filename=$(escaped "$device")" | sed 's/[\\|]/\\&/g')
	sed "s|^filename=.*|$named|" examples/sequential.fio >"$dir/job.fio"
	rc=0
	timeout -k 5 60 fio "$dir/job.fio" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	start_up "$transport, "
}

# case_verify OPTION...: as many jobs as there are queues, at most two
case_verify() {
	jobs=$((queues > 1 ? 2 : 1))
	# shellcheck disable=SC2086
	fio_ok $small "$(target)" --rw=randwrite --verify=crc32c --numjobs=$jobs --offset_increment=8m "$@"
	[ "$(grep -c '^ *READ: .*io=' "$dir/out")" = 1 ] || fail "nothing was read back"
	[ "$(grep -c 'err= 0' "$dir/out")" = $jobs ] || fail "not $jobs jobs without an error"
}

# case_ring LAYOUT WAIT [OPTION]...
case_ring() {
	layout=$1
	wait=$2
	shift 2
	case_verify --vblk_ring="$layout" --vblk_wait="$wait" --vblk_transport="$transport" "$@"
	start_up "$transport, $layout ring of "
}

# What the engine wrote, seen by another way, and the other way round
case_cross_check() {
	job='--bs=16k --size=2m --iodepth=8 --verify=crc32c --rw=write'
	# shellcheck disable=SC2086
	fio_ok $job "$(target)" --name=first --randseed=1 --do_verify=0 --end_fsync=1
	plain on || fail "the device cannot be had in any other way"
	# shellcheck disable=SC2086
	psync_ok $job --filename="$store" --name=first --randseed=1 --verify_only \
		--name=second --stonewall --randseed=2 --verify_only=0 --do_verify=0 --end_fsync=1
	plain off || fail "the device does not come back"
	# shellcheck disable=SC2086
	fio_ok $job "$(target)" --name=second --randseed=2 --verify_only
}

# case_trim KIND: zeroes from 1 to 2 MiB, and nowhere else
case_trim() {
	fio_ok "$(target)" --bs=64k --name=fill --rw=write --size=3m --buffer_pattern=0x5a \
		--name=trim --stonewall --rw=trim --offset=1m --size=1m --vblk_trim="$1" --end_fsync=1
	plain on || fail "the device cannot be had in any other way"
	{
		tr '\0' Z </dev/zero | head -c 1048576
		head -c 1048576 /dev/zero
		tr '\0' Z </dev/zero | head -c 1048576
	} | cmp -n 3145728 - "$store" || differs=yes
	plain off || fail "the device does not come back"
	[ -z "${differs-}" ] || fail "not zeroes where it was trimmed, and there alone"
}

# Flushes reach a device with a write-back cache; one without needs none.
case_statistics() {
	# shellcheck disable=SC2086
	fio_ok $small "$(target)" --rw=randrw --fsync=16 --vblk_stats="$dir/stats"
	stat_is 'length == 1'
	stat_is '.[0] | .reads + .writes == 256 and .errors == 0 and .missed_notifications == 0 and .kicks > 0'
	stat_is ".[0] | .device == \"$device\" and .queue == 0"
	if grep -q '^vblk: .*write-back cache' "$dir/out"; then
		stat_is '.[0].flushes >= 4'
	else
		stat_is '.[0].flushes == 0'
	fi
}

case_two_devices() {
	# shellcheck disable=SC2086
	fio_ok $small "$(target):$(escaped "$device2")" --rw=randwrite --verify=crc32c
	[ "$(grep -c "^vblk: .*: $transport, " "$dir/out")" = 2 ] || fail "not two devices were started"
}

# One of the jobs dies with requests under way; the other ends well, and so does the next run.
case_job_killed() {
	# shellcheck disable=SC2046
	start_fio "$(target)" --runtime=3 --output="$dir/report" --output-format=json --name=victim \
		$([ "$queues" = 1 ] || echo --name=other)
	kill -KILL "$victim"
	# fio 3.33 frees the options of such a job twice, at its very end.
	abort_of_fio=134
	ends 30
	if [ "$queues" != 1 ]; then
		other=$(sed -n '/^{/,$p' "$dir/report" | jq '.jobs[1] | .error == 0 and .write.total_ios > 0')
		[ "$other" = true ] || fail "the other job did not end well"
	fi
	case_verify
}

# All of a run dies, with requests under way; the kernel cleans up behind it.
case_run_killed() {
	start_fio "$(target)" --runtime=60 --name=first
	# shellcheck disable=SC2046
	kill -KILL "$job" $(cat "/proc/$job/task"/*/children)
	wait_until 20 gone "$victim" || fail "a job remains"
	case_verify
}

# case_removed NAME COMMAND...: the vDPA device is taken away once those who have it are gone; the command makes it anew.
case_removed() {
	name=$1
	shift
	start_fio "$(target)" --name=first --runtime=60
	timeout 40 vdpa dev del "$name" &
	remover=$!
	ends_with_error 20 "^vblk: $device: device was removed"
	wait $remover || fail "the device was not removed"
	"$@" && find_device || fail "the device does not come back"
	case_verify
}

# While a run has the device, nobody else gets it, and is told so.
case_busy() {
	start_fio "$(target)" --name=first --runtime=3
	mkdir "$dir/second"
	./vblk-info "$device" >/dev/null 2>"$dir/second/err" && fail "the device was opened twice"
	line "in use|another process|busy" "$dir/second/err"
	[ "$(wc -l <"$dir/second/err")" = 1 ] || fail "not one line: $(cat "$dir/second/err")"
	ends 30
	[ "$rc" -eq 0 ] || fail "the first run ended with status $rc"
}

# Behind the guest's IOMMU addresses have 39 bits, fewer than those of a process: what works here cannot be the latter.
case_narrow_range() {
	info_is '.iova_ranges | length > 0 and (map(.last) | max) == 549755813887'
	fio_ok --name=top "$(target)" --bs=64k --size=8m --iodepth=32 --rw=randwrite --verify=crc32c
}

case_wrong_transport() {
	# shellcheck disable=SC2086
	fio_fails "^vblk: $device: .*vblk_transport" $small "$(target)" --rw=read --vblk_transport=vhost-user
}

# case_of CHECK [ARGUMENT]...: once the device is found, or has been taken back from where another check left it
case_of() {
	find_device || { plain off && find_device; } || fail "the device is not there"
	"$@"
}

# check_device NAME CHECK [ARGUMENT]...
check_device() {
	title=$1
	shift
	check "$title" case_of "$@"
}

# check_cases: all of them
check_cases() {
	check_device "vblk-info" case_info
	check_device "an example's job file, unchanged but for filename" case_example
	for layout in $layouts; do
		check_device "write and verify, processes, $layout ring, sleeping" case_ring "$layout" block
		check_device "write and verify, threads, $layout ring, spinning" case_ring "$layout" spin --thread=1
	done
	check_device "data is what another driver reads and writes" case_cross_check
	check_device "trim by write zeroes" case_trim write_zeroes
	check_device "statistics, and flushes as the cache needs them" case_statistics
	check_device "two devices in one job" case_two_devices
	check_device "a killed job leaves the device usable" case_job_killed
	check_device "a second user is refused" case_busy
	check_device "the wrong transport is named" case_wrong_transport
}
