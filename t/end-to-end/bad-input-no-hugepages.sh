#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_hugepages=2M or 1G and too few free huge pages, the job is refused with a message that
# says how many pages are needed.
. "${srcdir:-.}/t/end-to-end/lib.sh"

size=2M
lock_hugepages
for size in 2M:2048 1G:1048576; do
	free=/sys/kernel/mm/hugepages/hugepages-${size#*:}kB/free_hugepages
	[ ! -e "$free" ] || [ "$(cat "$free")" = 0 ] || skip "there are free huge pages"
done
start_fake a --log-requests
for size in 2M 1G; do
	fio_fails "$sock: .*huge pages.*vblk_hugepages=none" --name=j --rw=write --bs=4k --size=64k --vblk_hugepages=$size \
		--filename="$sock"
done
expect_no_line '^(KICK|REQUEST)' "$log"
expect_backend_free
stop_fake
