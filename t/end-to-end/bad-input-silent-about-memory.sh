#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that stops answering once it was given memory of small pages may need huge ones: the line says so.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for message in ADD_MEM_REG SET_VRING_NUM; do
	start_fake a --stall-at $message
	fio_fails "no answer to $message within 1000 ms.*vblk_hugepages=2M" --name=j --rw=write --bs=4k --size=64k \
		--vblk_timeout=1s --vblk_hugepages=none --filename="$sock"
	stop_fake
done
