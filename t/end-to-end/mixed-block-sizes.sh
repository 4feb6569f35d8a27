#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Requests with block sizes from a range or a split, sequential and random, write their data where
# psync finds it.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=8M
for how in "--rw=write --bsrange=512-64k" "--rw=randwrite --bsrange=4k-128k --blockalign=4k" \
	"--rw=randwrite --bssplit=512/20:4k/40:32k/30:256k/10" "--rw=write --bssplit=4k/50:1536/50"; do
	# shellcheck disable=SC2086
	fio_ok --name=j $how --verify=crc32c --filename="$sock" --iodepth=32 --do_verify=0
	# shellcheck disable=SC2086
	psync_ok --name=j $how --verify=crc32c --filename="$img" --verify_only
	# shellcheck disable=SC2086
	fio_ok --name=j $how --verify=crc32c --filename="$sock" --iodepth=32 --verify_only
done
