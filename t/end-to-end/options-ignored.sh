#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mem= and pre_read=, which job files written for other engines contain, have no effect: one note
# for each, and the jobs run.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
for how in "--mem=mmaphuge" "--mem=malloc" "--iomem=mmap:$dir/pages" "--mem=shmhuge --thread=1" "--mem=shm --pre_read=1" \
	"--pre_read=1 --thread=1" "--pre_read=1 --create_serialize=0 --thread=1"; do
	# shellcheck disable=SC2086
	fio_ok --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --filename="$sock" $how \
		--name=a --name=b --offset=1M
	[ ! -e "$dir/pages" ] || fail "$how: fio created a file for its buffers"
	for option in mem pre_read; do
		# shellcheck disable=SC2034
		case $how in *mem=*) mem=1 ;; *) mem=0 ;; esac
		# shellcheck disable=SC2034
		case $how in *pre_read*) pre_read=1 ;; *) pre_read=0 ;; esac
		eval "expected=\$$option"
		# shellcheck disable=SC2154
		expect_count "$expected" "^vblk: .*: job '[ab]': $option=1? ?has no effect" "$dir/out"
	done
	[ ! -s "$dir/err" ] || fail "$how: standard error is not empty"
done
fio_ok --name=r --rw=read --bs=64k --filename="$sock" --mem=mmaphuge --pre_read=1
