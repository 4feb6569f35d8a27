#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One line per device, however many jobs use it, states the negotiated parameters.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a queues=4 block=4096 size=8M
fio_ok --name=j --numjobs=4 --rw=read --bs=4k --filename="$sock"
expect_count 1 '^vblk: ' "$dir/out"
expect_line "^vblk: $sock: vhost-user, split ring of 256, 4 of 4 queues, 8 MiB, blocks of 4096, .* pages, features .*version_1" \
	"$dir/out"
expect_no_line '^vblk:' "$dir/err"
