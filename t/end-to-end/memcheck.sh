#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Under valgrind's memcheck, a run over several queues with every kind of request has no error and
# no leak that our code is in. fio's own are not ours to judge.
# sanitizers: no (it runs under valgrind)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "valgrind does not go with sanitizers"
command -v valgrind >/dev/null || skip "valgrind is not installed"

start_fake fake --size 16M
# Threads, so that one process sees everything.
timeout 120 valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible \
	--fair-sched=yes --log-file="$dir/valgrind" \
	"$FIO" --ioengine="external:$ENGINE" --filename="$sock" --thread=1 --bs=4k --iodepth=8 \
	--size=1m --fsync=16 --vblk_wait=block --vblk_stats="$dir/stats" --output="$dir/fio" \
	--name=write --rw=randwrite --verify=crc32c --name=trim --rw=randtrim --offset=4m || {
	cat "$dir/fio" "$dir/valgrind"
	fail "fio failed"
}
grep -q 'ERROR SUMMARY' "$dir/valgrind" || fail "valgrind did not finish"
# A report is a paragraph; those with a frame of ours count, by source file or by library.
sources=$(cd "$srcdir" && find engine vhost/blk vhost/transport virtq -name '*.[ch]' | sed 's,.*/,,; s/\./\\./' |
	paste -sd '|')
[ -n "$sources" ] || fail "no sources are found"
sed 's/^==[0-9]*== *$//; s/^==[0-9]*== //' "$dir/valgrind" |
	awk -v ours="\\(($sources):|libfio_vblk" \
		'BEGIN { RS = ""; ORS = "\n\n" } $0 ~ ours && /(by|at) 0x/' >"$dir/ours"
[ ! -s "$dir/ours" ] || { cat "$dir/ours"; fail "valgrind complains about our code"; }
