# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the kind's own script sets them
# For the scripts that run in the guest: checks and how they are counted, fio with the engine, drivers of PCI functions.
# Sourced; runs in busybox. A check is a function that runs in a shell of its own: it fails or skips by ending that.
#
# kind  what is tested; in front of the name of every check

engine=$PWD/libfio_vblk.so
dir=/tmp/check.$$	# of the check that runs

# check NAME FUNCTION [ARGUMENT]...: runs it and says how it went: "PASS: kind: name". What a failed one left follows.
check() {
	name="$kind: $1"
	shift
	rm -rf "$dir"
	mkdir "$dir"
	("$@") >"$dir/said" 2>&1 &
	checker=$!
	{
		sleep 120
		echo "it did not end" >>"$dir/said"
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
		# At once: another script may be talking, too.
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

# wait_until SECONDS COMMAND...: until it succeeds; false if it never does.
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

# start_fio OPTION...: with the engine, in the background, until its first job runs. Sets $job, the process that ends
# when all is over, and $victim, the first job's.
start_fio() {
	# busybox's timeout becomes what it runs.
	timeout -k 5 90 fio --ioengine="external:$engine" --aux-path="$dir" --rw=randwrite --bs=4k --iodepth=8 --size=4m \
		--time_based "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	job=$!
	trap 'kill $job 2>/dev/null; wait $job' EXIT
	wait_until 15 find_victim || fail "no job was started"
	sleep 1
}

find_victim() {
	# shellcheck disable=SC2013 # words are wanted
	for victim in $(cat "/proc/$job/task"/*/children 2>/dev/null); do
		# Not what timeout leaves behind.
		[ "$(cat "/proc/$victim/comm" 2>/dev/null)" != fio ] || return 0
	done
	return 1
}

# ends SECONDS: it does, within that time. Sets $rc.
ends() {
	wait_until "$1" gone "$job" || fail "fio did not end within $1 s"
	rc=0
	wait "$job" || rc=$?
	[ "$rc" -lt 124 ] || [ "$rc" = "${abort_of_fio-}" ] || fail "fio did not end in order: status $rc"
}

# ends_with_error SECONDS PATTERN: the same; the engine having said one line, which matches.
ends_with_error() {
	ends "$1"
	[ "$rc" -ne 0 ] || fail "fio ended well"
	one_line "$2"
}

# fio_of ENGINE OPTION...: sets $rc, and what it says is in $dir/out and $dir/err.
fio_of() {
	rc=0
	ioengine=$1
	shift
	timeout -k 5 60 fio --aux-path="$dir" --ioengine="$ioengine" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc -lt 124 ] || fail "fio did not end in order: status $rc"
}

# fio_ok OPTION...: fio with the engine; all goes well.
fio_ok() {
	fio_of "external:$engine" "$@"
	[ $rc -eq 0 ] || fail "fio ended with status $rc: fio $*"
}

# fio_fails PATTERN OPTION...: fio ends with an error, the engine having said one line, which matches.
fio_fails() {
	pattern=$1
	shift
	fio_of "external:$engine" "$@"
	[ $rc -ne 0 ] || fail "fio succeeded where it should not: fio $*"
	one_line "$pattern"
}

# psync_ok OPTION...: fio without the engine
psync_ok() {
	fio_of psync "$@"
	[ $rc -eq 0 ] || fail "psync ended with status $rc: fio $*"
}

one_line() {
	[ "$(grep -c '^vblk' "$dir/err")" = 1 ] || fail "not one line of ours"
	line "$1"
}

# line PATTERN [FILE]
line() {
	grep -Eq -- "$1" "${2:-$dir/err}" || fail "no line matches '$1': $(cat "${2:-$dir/err}")"
}

# start_up PATTERN: the start-up line, which says what is used
start_up() {
	line "^vblk: .*$1" "$dir/out"
}

# stat FILTER: true of the statistics' records of queues, as an array
stat_is() {
	[ "$(jq -c 'select(.record == "queue")' "$dir/stats" | jq -s "$1")" = true ] || fail "not so: $1, in $(cat "$dir/stats")"
}

# block_device DEVICE: what the kernel's own driver made of a device of sysfs. Sets $store.
block_device() {
	wait_until 10 test -e "$1"/virtio*/block || return
	store=/dev/$(basename "$1"/virtio*/block/*)
	wait_until 10 test -b "$store"
}

# vdpa_node NAME: the character device of a vDPA device
vdpa_node() {
	for node in /sys/bus/vdpa/devices/"$1"/vhost-vdpa-*; do
		echo "/dev/${node##*/}"
	done
}

# add_vdpa NAME MANAGER: has it made, for vhost-vdpa.
add_vdpa() {
	vdpa dev add name "$1" mgmtdev "$2" && vdpa_driver vhost_vdpa "$1" &&
		wait_until 10 test -c "$(vdpa_node "$1")"
}

# vdpa_driver DRIVER NAME: has the vDPA device served by this driver.
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

# info_is FILTER: true of what vblk-info --json says of $device
info_is() {
	./vblk-info --json "$device" >"$dir/out" 2>"$dir/err" || fail "vblk-info --json ended with status $?"
	[ "$(jq "$1" "$dir/out")" = true ] || fail "not so: $1"
}

# bind DRIVER FUNCTION: has the PCI function served by this driver, whatever it had before.
bind() {
	[ "$(driver "$2")" != "$1" ] || return 0
	at=/sys/bus/pci/devices/$2
	[ ! -e "$at/driver" ] || echo "$2" >"$at/driver/unbind"
	echo "$1" >"$at/driver_override"
	echo "$2" >/sys/bus/pci/drivers_probe
	[ "$(driver "$2")" = "$1" ]
}

# driver FUNCTION: the name of its driver; none without
driver() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] || basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}

# escaped PATH: as fio wants it in filename=
escaped() {
	echo "$1" | sed 's/:/\\:/g'
}
