#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Eight jobs that run one after another (stonewall) use a single queue of four: only jobs that can
# run at the same time need different queues.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a
{
	printf '[global]\nfilename=%s\nrw=randwrite\nbs=4k\nsize=256k\niodepth=8\nverify=crc32c\n' "$sock"
	printf 'vblk_stats=%s\n' "$dir/stats"
	for i in 1 2 3 4 5 6 7 8; do
		printf '[j%s]\nstonewall\n' $i
	done
} >"$dir/jobs"
fio_ok "$dir/jobs"
[ "$(queue_stats -s 'length')" = 8 ] || fail "not eight jobs ran"
[ "$(queue_stats -s 'map(.queue) | unique == [0]')" = true ] || fail "more than one queue was used"
expect_count 1 '^CONNECT' "$log"
stop_fake
