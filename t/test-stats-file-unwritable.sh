#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A statistics file that cannot be written is said in one line for all jobs before anything is sent; one that can't be any
# more at the end is an error, too.
. "${srcdir:-.}/t/lib.sh"

start_fake a --log-requests
for jobs in "--name=j" "--numjobs=3 --name=j" "--thread=1 --name=j --name=k"; do
	job="--rw=read --bs=4k --size=64k --filename=$sock"
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=$dir/none/stats: No such file or directory" $job --vblk_stats="$dir/none/stats" $jobs
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=$dir: Is a directory" $job --vblk_stats="$dir" $jobs
done
expect_no_line '^REQUEST' "$log"
for jobs in "--name=j" "--numjobs=3 --name=j" "--thread=1 --name=j --name=k"; do
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=/dev/full: No space left on device" $job --vblk_stats=/dev/full $jobs
done
stop_fake
