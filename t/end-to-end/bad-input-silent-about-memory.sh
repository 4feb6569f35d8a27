#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If a back-end stops answering after it received memory made of small pages, the message suggests
# huge pages, which some back-ends require.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for message in ADD_MEM_REG SET_VRING_NUM; do
	start_fake a --stall-at $message
	fio_fails "no answer to $message within 1000 ms.*vblk_hugepages=2M" --name=j --rw=write --bs=4k --size=64k \
		--vblk_timeout=1s --vblk_hugepages=none --filename="$sock"
	stop_fake
done
