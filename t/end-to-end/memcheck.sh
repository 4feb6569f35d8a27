#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Under valgrind's memcheck, a run over several queues with every kind of request shows no error and
# no leak with a frame of our code. Reports about fio's own code are ignored.
# sanitizers: no (it runs under valgrind)
. "${srcdir:-.}/t/end-to-end/lib.sh"

[ "${VBLK_SANITIZERS:-0}" = 1 ] && skip "valgrind cannot run programs built with sanitizers"
command -v valgrind >/dev/null || skip "valgrind is not installed"

start_fake fake --size 16M
# With threads, one process runs everything.
timeout 120 valgrind --leak-check=full --show-leak-kinds=definite,indirect,possible \
	--fair-sched=yes --log-file="$dir/valgrind" \
	"$FIO" --ioengine="external:$ENGINE" --filename="$sock" --thread=1 --bs=4k --iodepth=8 \
	--size=1m --fsync=16 --vblk_wait=block --vblk_stats="$dir/stats" --output="$dir/fio" \
	--name=write --rw=randwrite --verify=crc32c --name=trim --rw=randtrim --offset=4m || {
	cat "$dir/fio" "$dir/valgrind"
	fail "fio failed"
}
grep -q 'ERROR SUMMARY' "$dir/valgrind" || fail "valgrind did not finish"
# Each valgrind report is a paragraph. Keep those with a frame in our source files or our library.
sources=$(cd "$srcdir" && find engine vhost/blk vhost/transport virtq -name '*.[ch]' | sed 's,.*/,,; s/\./\\./' |
	paste -sd '|')
[ -n "$sources" ] || fail "this test found no source files"
sed 's/^==[0-9]*== *$//; s/^==[0-9]*== //' "$dir/valgrind" |
	awk -v ours="\\(($sources):|libfio_vblk" \
		'BEGIN { RS = ""; ORS = "\n\n" } $0 ~ ours && /(by|at) 0x/' >"$dir/ours"
[ ! -s "$dir/ours" ] || { cat "$dir/ours"; fail "valgrind reports errors in our code"; }
