#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If huge pages are free, the shared memory uses them, with vblk_hugepages=2M and with auto, and
# data verifies. With none it uses ordinary pages. The number of reserved huge pages is restored at
# the end.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

reserved=/proc/sys/vm/nr_hugepages
[ -w $reserved ] || skip "not allowed to reserve huge pages"
# bad-input-no-hugepages.sh expects that no huge page is free: keep it from running at the same
# time.
lock_hugepages
before=$(cat $reserved)
start_qsd a
echo $((before + 64)) >$reserved
for pages in auto 2M none; do
	# Other processes may use some of the huge pages for a moment, so try again.
	for _ in 1 2 3 4 5; do
		run_fio --name=j --rw=randrw --bs=4k --size=2M --iodepth=8 --verify=crc32c \
			--vblk_hugepages=$pages --filename="$sock"
		used=$(sed -n 's/.* \([0-9]*\) KiB pages.*/\1/p' "$dir/out")
		[ "$pages" != none ] && [ "$used" != 2048 ] || break
		sleep 0.3
	done
	echo "$pages $rc $used" >>"$dir/seen"
done
enough=$(cat $reserved)
echo "$before" >$reserved
[ "$enough" -ge $((before + 64)) ] || skip "there is no memory for huge pages"
cat "$dir/seen"
[ "$(paste -sd ' ' "$dir/seen")" = "auto 0 2048 2M 0 2048 none 0 4" ] || fail "the results above are not the expected ones"
