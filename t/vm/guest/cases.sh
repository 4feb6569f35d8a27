# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh and the kind's own script share variables with it
# Tests that must pass on every kind of device. Sourced after lib.sh. The script of each kind
# defines:
#
# kind         name of the kind, for the output
# transport    the engine's name of the transport
# find_device  a function that sets $device, the path of a device, and $device2, the path of a
#              second one
# queues       number of queues of a device
# layouts      ring layouts that a device offers
# plain        a function: "plain on" makes the stored data accessible without the engine, in the
#              file or block device $store, "plain off" returns the device to the engine

small='--name=small --bs=4k --size=1m --iodepth=16'

# target: print the fio option that names the device.
target() {
	echo "--filename=$(escaped "$device")"
}

case_info() {
	./vblk-info "$device" >"$dir/out" 2>"$dir/err" || fail "vblk-info ended with status $?"
	line "^transport +$transport" "$dir/out"
	line "^queues +$queues\$" "$dir/out"
	info_is ".transport == \"$transport\" and .path == \"$device\" and .queues == $queues and .error == null"
}

# A job file of examples/, with another filename= only.
case_example() {
	named=$(echo "filename=$(escaped "$device")" | sed 's/[\\|]/\\&/g')
	sed "s|^filename=.*|$named|" examples/sequential.fio >"$dir/job.fio"
	rc=0
	timeout -k 5 60 fio "$dir/job.fio" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	start_up "$transport, "
}

# case_verify OPTION...: use as many jobs as there are queues, but at most two.
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

# Another driver reads what the engine wrote, and the engine reads what another driver wrote.
case_cross_check() {
	job='--bs=16k --size=2m --iodepth=8 --verify=crc32c --rw=write'
	# shellcheck disable=SC2086
	fio_ok $job "$(target)" --name=first --randseed=1 --do_verify=0 --end_fsync=1
	plain on || fail "the stored data cannot be accessed without the engine"
	# shellcheck disable=SC2086
	psync_ok $job --filename="$store" --name=first --randseed=1 --verify_only \
		--name=second --stonewall --randseed=2 --verify_only=0 --do_verify=0 --end_fsync=1
	plain off || fail "the device cannot be used by the engine again"
	# shellcheck disable=SC2086
	fio_ok $job "$(target)" --name=second --randseed=2 --verify_only
}

# case_trim KIND: the trim must zero the range from 1 to 2 MiB and nothing else.
case_trim() {
	fio_ok "$(target)" --bs=64k --name=fill --rw=write --size=3m --buffer_pattern=0x5a \
		--name=trim --stonewall --rw=trim --offset=1m --size=1m --vblk_trim="$1" --end_fsync=1
	plain on || fail "the stored data cannot be accessed without the engine"
	{
		tr '\0' Z </dev/zero | head -c 1048576
		head -c 1048576 /dev/zero
		tr '\0' Z </dev/zero | head -c 1048576
	} | cmp -n 3145728 - "$store" || differs=yes
	plain off || fail "the device cannot be used by the engine again"
	[ -z "${differs-}" ] || fail "the trim did not zero exactly its range"
}

# A device with a write-back cache gets flushes, any other device gets none.
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

# One job is killed with requests in flight. The other job and the next run must succeed.
case_job_killed() {
	# shellcheck disable=SC2046
	start_fio "$(target)" --runtime=3 --output="$dir/report" --output-format=json --name=victim \
		$([ "$queues" = 1 ] || echo --name=other)
	kill -KILL "$victim"
	# fio 3.33 frees the options of a killed job twice, at its very end.
	abort_of_fio=134
	ends 30
	if [ "$queues" != 1 ]; then
		other=$(sed -n '/^{/,$p' "$dir/report" | jq '.jobs[1] | .error == 0 and .write.total_ios > 0')
		[ "$other" = true ] || fail "the other job did not succeed"
	fi
	case_verify
}

# All processes of a run are killed with requests in flight. The kernel then cleans up.
case_run_killed() {
	start_fio "$(target)" --runtime=60 --name=first
	# shellcheck disable=SC2046
	kill -KILL "$job" $(cat "/proc/$job/task"/*/children)
	wait_until 20 gone "$victim" || fail "a job remains"
	case_verify
}

# case_removed NAME COMMAND...: remove a vDPA device during a run. The kernel completes the removal
# when the run has closed the device. COMMAND creates the device again.
case_removed() {
	name=$1
	shift
	start_fio "$(target)" --name=first --runtime=60
	timeout 40 vdpa dev del "$name" &
	remover=$!
	ends_with_error 20 "^vblk: $device: device was removed"
	wait $remover || fail "the device was not removed"
	"$@" && find_device || fail "the device cannot be used by the engine again"
	case_verify
}

# While a run uses the device, nobody else can open it, and the error message says so.
case_busy() {
	start_fio "$(target)" --name=first --runtime=3
	mkdir "$dir/second"
	./vblk-info "$device" >/dev/null 2>"$dir/second/err" && fail "the device was opened twice"
	line "in use|another process|busy" "$dir/second/err"
	[ "$(wc -l <"$dir/second/err")" = 1 ] || fail "not one line: $(cat "$dir/second/err")"
	ends 30
	[ "$rc" -eq 0 ] || fail "the first run ended with status $rc"
}

# The guest's IOMMU has 39-bit addresses, fewer bits than process addresses have, so this test fails
# if the engine uses process addresses as I/O virtual addresses.
case_narrow_range() {
	info_is '.iova_ranges | length > 0 and (map(.last) | max) == 549755813887'
	fio_ok --name=top "$(target)" --bs=64k --size=8m --iodepth=32 --rw=randwrite --verify=crc32c
}

case_wrong_transport() {
	# shellcheck disable=SC2086
	fio_fails "^vblk: $device: .*vblk_transport" $small "$(target)" --rw=read --vblk_transport=vhost-user
}

# case_of CHECK [ARGUMENT]...: find the device, if necessary after returning it to the engine
# because another check did not, and run the check.
case_of() {
	find_device || { plain off && find_device; } || fail "the device was not found"
	"$@"
}

# check_device NAME CHECK [ARGUMENT]...
check_device() {
	title=$1
	shift
	check "$title" case_of "$@"
}

# check_cases: run all checks.
check_cases() {
	check_device "vblk-info" case_info
	check_device "an example job file with another filename" case_example
	for layout in $layouts; do
		check_device "write and verify: processes, $layout ring, sleeping" case_ring "$layout" block
		check_device "write and verify: threads, $layout ring, spinning" case_ring "$layout" spin --thread=1
	done
	check_device "another driver reads what the engine writes, and vice versa" case_cross_check
	check_device "trim by write zeroes" case_trim write_zeroes
	check_device "statistics, and flushes only for a write-back cache" case_statistics
	check_device "two devices in one job" case_two_devices
	check_device "a killed job leaves the device usable" case_job_killed
	check_device "a second user is refused" case_busy
	check_device "the wrong transport is named" case_wrong_transport
}
