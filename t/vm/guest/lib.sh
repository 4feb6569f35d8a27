# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the kind's own script sets them
# Library of the scripts that run in the guest: runs and counts checks, runs fio with the engine,
# binds drivers. Sourced; runs in busybox. A check is a function that runs in a subshell; it
# fails or is skipped by exiting.
#
# kind  the kind of device under test, which is printed before the name of every check

engine=$PWD/libfio_vblk.so
dir=/tmp/check.$$	# files of the current check

# check NAME FUNCTION [ARGUMENT]...: run a check and print its result as "PASS: kind: name". For a
# failed check, its output follows.
check() {
	name="$kind: $1"
	shift
	rm -rf "$dir"
	mkdir "$dir"
	("$@") >"$dir/said" 2>&1 &
	checker=$!
	{
		sleep 120
		echo "the check did not end within 120 s" >>"$dir/said"
		kill -KILL $checker
	} 2>/dev/null &
	watchdog=$!
	wait $checker
	outcome=$?
	kill -KILL $watchdog 2>/dev/null
	case $outcome in
	0) echo "PASS: $name" ;;
	77) echo "SKIP: $name: $(tail -n 1 "$dir/said")" ;;
	*)
		# Print everything with one write, because another script may print at the same
		# time.
		{
			echo "FAIL: $name"
			for file in said out err; do
				[ ! -s $dir/$file ] || tail -n 30 $dir/$file | sed "s/^/    $file: /"
			done
		} >"$dir.failed"
		cat "$dir.failed"
		;;
	esac
}

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# wait_until SECONDS COMMAND...: repeat the command until it succeeds. Fails if it does not succeed
# in time.
wait_until() {
	tries=$(($1 * 10))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# start_fio OPTION...: start fio with the engine, in the background, and wait until its first job
# runs. Sets $job, the process to wait for, and $victim, the process of the first job.
start_fio() {
	# busybox's timeout executes the command in its own process, so $! is fio.
	timeout -k 5 90 fio --ioengine="external:$engine" --aux-path="$dir" --rw=randwrite --bs=4k --iodepth=8 --size=4m \
		--time_based "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	job=$!
	trap 'kill $job 2>/dev/null; wait $job' EXIT
	wait_until 15 find_victim || fail "no job was started"
	sleep 1
}

find_victim() {
	# shellcheck disable=SC2013 # iterates over words
	for victim in $(cat "/proc/$job/task"/*/children 2>/dev/null); do
		# Skip the watchdog process of timeout.
		[ "$(cat "/proc/$victim/comm" 2>/dev/null)" != fio ] || return 0
	done
	return 1
}

# ends SECONDS: wait until fio ends. The check fails if fio does not end in time. Sets $rc.
ends() {
	wait_until "$1" gone "$job" || fail "fio did not end within $1 s"
	rc=0
	wait "$job" || rc=$?
	[ "$rc" -lt 124 ] || [ "$rc" = "${abort_of_fio-}" ] || fail "fio crashed or timed out: status $rc"
}

# ends_with_error SECONDS PATTERN: wait until fio ends with an error and one message of the engine,
# which matches.
ends_with_error() {
	ends "$1"
	[ "$rc" -ne 0 ] || fail "fio succeeded"
	one_line "$2"
}

# fio_of ENGINE OPTION...: run fio. Sets $rc. The output is in $dir/out and $dir/err.
fio_of() {
	rc=0
	ioengine=$1
	shift
	timeout -k 5 60 fio --aux-path="$dir" --ioengine="$ioengine" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc -lt 124 ] || fail "fio crashed or timed out: status $rc"
}

# fio_ok OPTION...: run fio with the engine and expect success.
fio_ok() {
	fio_of "external:$engine" "$@"
	[ $rc -eq 0 ] || fail "fio ended with status $rc: fio $*"
}

# fio_fails PATTERN OPTION...: run fio and expect that it fails, with one error message of the
# engine, which matches.
fio_fails() {
	pattern=$1
	shift
	fio_of "external:$engine" "$@"
	[ $rc -ne 0 ] || fail "fio succeeded where it should not: fio $*"
	one_line "$pattern"
}

# psync_ok OPTION...: run fio's psync engine and expect success.
psync_ok() {
	fio_of psync "$@"
	[ $rc -eq 0 ] || fail "psync ended with status $rc: fio $*"
}

one_line() {
	[ "$(grep -c '^vblk' "$dir/err")" = 1 ] || fail "the engine did not print exactly one line"
	line "$1"
}

# line PATTERN [FILE]
line() {
	grep -Eq -- "$1" "${2:-$dir/err}" || fail "no line matches '$1': $(cat "${2:-$dir/err}")"
}

# start_up PATTERN: expect that the start-up line matches.
start_up() {
	line "^vblk: .*$1" "$dir/out"
}

# stat_is FILTER: expect that the jq filter is true for the array of queue records.
stat_is() {
	[ "$(jq -c 'select(.record == "queue")' "$dir/stats" | jq -s "$1")" = true ] || fail "not true: $1, in $(cat "$dir/stats")"
}

# block_device DEVICE: wait for the block device that the kernel's driver creates for a device in
# sysfs. Sets $store.
block_device() {
	wait_until 10 test -e "$1"/virtio*/block || return
	store=/dev/$(basename "$1"/virtio*/block/*)
	wait_until 10 test -b "$store"
}

# vdpa_node NAME: print the character device of a vDPA device.
vdpa_node() {
	for node in /sys/bus/vdpa/devices/"$1"/vhost-vdpa-*; do
		echo "/dev/${node##*/}"
	done
}

# add_vdpa NAME MANAGER: create a vDPA device and bind it to vhost-vdpa.
add_vdpa() {
	vdpa dev add name "$1" mgmtdev "$2" && vdpa_driver vhost_vdpa "$1" &&
		wait_until 10 test -c "$(vdpa_node "$1")"
}

# vdpa_driver DRIVER NAME: bind the vDPA device to this driver.
vdpa_driver() {
	at=/sys/bus/vdpa/devices/$2
	if [ -e "$at/driver" ]; then
		[ "$(basename "$(readlink -f "$at/driver")")" != "$1" ] || return 0
		echo "$2" >"$at/driver/unbind"
	fi
	echo "$1" >"$at/driver_override"
	echo "$2" >/sys/bus/vdpa/drivers_probe
	[ -e "$at/driver" ]
}

# info_is FILTER: expect that the jq filter is true for the output of vblk-info --json on $device.
info_is() {
	./vblk-info --json "$device" >"$dir/out" 2>"$dir/err" || fail "vblk-info --json ended with status $?"
	[ "$(jq "$1" "$dir/out")" = true ] || fail "not true: $1"
}

# bind DRIVER FUNCTION: bind the PCI function to this driver, whatever driver it had before.
bind() {
	[ "$(driver "$2")" != "$1" ] || return 0
	at=/sys/bus/pci/devices/$2
	[ ! -e "$at/driver" ] || echo "$2" >"$at/driver/unbind"
	echo "$1" >"$at/driver_override"
	echo "$2" >/sys/bus/pci/drivers_probe
	[ "$(driver "$2")" = "$1" ]
}

# driver FUNCTION: print the name of its driver, or nothing if it has none.
driver() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] || basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}

# escaped PATH: print the path as filename= needs it.
escaped() {
	echo "$1" | sed 's/:/\\:/g'
}
