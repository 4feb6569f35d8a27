#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Devices are found in all the ways in which fio names files: filename_format=, opendir= and the
# name of the job. A path that is not a device is reported together with the option that names it.
. "${srcdir:-.}/t/end-to-end/lib.sh"

mkdir "$dir/devices" "$dir/devices/below" "$dir/empty" "$dir/mixed"
start_fake b --log-requests
log_b=$log
ln "$sock" "$dir/devices/b.sock"
start_fake a --log-requests
log_a=$log
ln "$sock" "$dir/devices/below/a.sock"
job="--rw=write --bs=4k --size=64k"
for thread in 0 1; do
	: >"$log_a"
	: >"$log_b"
	# shellcheck disable=SC2016,SC2086
	fio_ok $job --thread=$thread --filename_format="$dir/devices/\$jobname.sock" --name=b
	expect_count 16 '^REQUEST . OUT' "$log_b"
	# fio spreads the size of the job over both devices.
	# shellcheck disable=SC2086
	fio_ok $job --thread=$thread --opendir="$dir/devices" --name=j --numjobs=2
	expect_count 16 '^REQUEST . OUT' "$log_a"
	expect_count 32 '^REQUEST . OUT' "$log_b"
	# The names that fio generates for nrfiles= are not devices.
	# shellcheck disable=SC2086
	fio_ok $job --thread=$thread --opendir="$dir/devices" --nrfiles=2 --name=j
	expect_count 24 '^REQUEST . OUT' "$log_a"
	expect_count 40 '^REQUEST . OUT' "$log_b"
	# Nor are they if they begin like the name of the directory.
	# shellcheck disable=SC2086
	fio_ok $job --thread=$thread --opendir="$dir/devices" --nrfiles=2 --name="$dir/devices2"
	expect_count 32 '^REQUEST . OUT' "$log_a"
	expect_count 48 '^REQUEST . OUT' "$log_b"
	# shellcheck disable=SC2086
	fio_ok $job --thread=$thread --name="$dir/devices/b.sock"
	expect_count 64 '^REQUEST . OUT' "$log_b"
done

# shellcheck disable=SC2086
fio_fails "job 'j': opendir=$dir/empty has no device" $job --opendir="$dir/empty" --name=j --numjobs=2
: >"$dir/mixed/file"
# shellcheck disable=SC2086
fio_fails "job 'j': opendir=$dir/mixed has regular files, such as $dir/mixed/file,.*filename=" $job --opendir="$dir/mixed" --name=j
[ ! -s "$dir/mixed/file" ] || fail "the file was written to"
# shellcheck disable=SC2086
fio_fails "job 'j' names no device; set filename=" $job --name=j --nrfiles=2
# shellcheck disable=SC2016,SC2086
fio_fails "$dir/devices/j.0: No such file" $job --name=j --filename_format="$dir/devices/\$jobname.\$jobnum"
for log in "$dir/none" "$dir"; do
	said="No such file or directory"
	[ "$log" = "$dir/none" ] || said="is not a regular file"
	fio_fails "job 'j': read_iolog=$log:? $said" --name=j --read_iolog="$log" --numjobs=2
done
# shellcheck disable=SC2086
fio_fails "job 'j': opendir= and directory= cannot be combined" $job --opendir="$dir/devices" --directory="$dir" --name=j
echo "fio version 2 iolog" >"$dir/log"
fio_fails "job 'j': the log of read_iolog=$dir/log contains no file name; name the device with filename= or replay_redirect=" --name=j \
	--read_iolog="$dir/log"
