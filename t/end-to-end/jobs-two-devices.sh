#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two sockets in one filename= are two devices of one job. Both are written, and psync verifies the
# data of both.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=4M
first=$img first_sock=$sock
start_qsd b size=4M
for how in "--rw=write" "--rw=randwrite --numjobs=2 --size=2M --offset_increment=2M" "--rw=randwrite --thread=1" \
	"--rw=randwrite --vblk_wait=block" "--rw=randwrite --file_service_type=sequential --vblk_wait=spin"; do
	# shellcheck disable=SC2086
	fio_ok --name=j $how --bs=4k --iodepth=16 --verify=crc32c --filename="$first_sock:$sock"
	expect_count 2 '^vblk: ' "$dir/out"
	# shellcheck disable=SC2086
	psync_ok --name=j ${how%--vblk*} --bs=4k --verify=crc32c --verify_only --filename="$first:$img"
done
for file in "$first" "$img"; do
	! zero_range "$file" 0 65536 || fail "nothing was written to $file"
done
cmp -s "$first" "$img" && fail "both images are the same"
exit 0
