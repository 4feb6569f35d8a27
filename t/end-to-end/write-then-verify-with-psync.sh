#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What is written through the engine is what fio's psync engine then reads from the image.
# quick: yes
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=8M
for how in "--rw=write --bs=64k --verify=crc32c" "--rw=randwrite --bs=4k --verify=md5" \
	"--rw=randwrite --bs=512 --size=1M --verify=pattern --verify_pattern=%o"; do
	# shellcheck disable=SC2086
	fio_ok --name=j $how --filename="$sock" --iodepth=16 --do_verify=0
	# shellcheck disable=SC2086
	psync_ok --name=j $how --filename="$img" --verify_only
	! zero_range "$img" 0 1048576 || fail "nothing was written"
done
# Corrupt half a sector: psync must detect it.
head -c 256 /dev/urandom | dd of="$img" bs=512 seek=77 conv=notrunc 2>/dev/null
# shellcheck disable=SC2086
any_fio --ioengine=psync --name=j $how --filename="$img" --verify_only
[ $rc -ne 0 ] || fail "psync did not detect the corrupted data"
