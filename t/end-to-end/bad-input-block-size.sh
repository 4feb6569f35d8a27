#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Block sizes and offsets that are not multiples of the logical block size are refused, whichever
# fio option sets them.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a block=4096 size=4M
for how in "--bs=512" "--bsrange=512-8k" "--bssplit=4k/50:2k/50" "--bs=6k" "--bs=4k --offset=512" "--bs=4k --blockalign=1k"; do
	# shellcheck disable=SC2086
	fio_fails "$sock: job 'j' has .* not a multiple of .*4096" --name=j --rw=randwrite $how --filename="$sock"
done
[ "$(du -k "$img" | cut -f1)" = 0 ] || fail "the refused jobs wrote to the image"
fio_fails "bs=512" --name=j --rw=read --bs=512 --numjobs=3 --filename="$sock"
fio_ok --name=j --rw=randwrite --bs=4k --size=1M --verify=crc32c --filename="$sock"
