#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that verifies never gets FIO_Q_BUSY when the ring is full, because fio would create the
# request again with another seed, and this would look like corruption.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
seed=
"$FIO" --cmdhelp=verify_header_seed 2>/dev/null | grep -q verify_header_seed && seed=--verify_header_seed=1
start_qsd a size=8M
ring="--bs=4k --size=8M --iodepth=64 --vblk_queue_size=16 --verify=crc32c $seed"
# shellcheck disable=SC2086
for rw in write read randwrite randread randrw; do
	fio_ok --name=j --rw=$rw $ring --vblk_stats="$dir/stats" --filename="$sock"
done
expect_stat 'all(.ring_full > 0)'
[ "$(jq -s 'map(.ring_full) | add' "$dir/stats")" -gt 100 ] || fail "the ring was never full: nothing was tested"
