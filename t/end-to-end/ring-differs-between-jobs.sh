#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Jobs of one device with different values of vblk_ring= are refused with one message before the
# device is opened, whether they would run at the same time or not.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
for second in --vblk_ring=split "" "--vblk_ring=split --stonewall"; do
	# shellcheck disable=SC2086
	fio_fails "$sock: jobs 'one' and 'two' .*vblk_ring.*\\[global\\]" --rw=write --bs=4k --size=64k \
		--filename="$sock" --name=one --vblk_ring=packed --name=two $second
done
expect_no_line CONNECT "$log"
fio_ok --rw=write --bs=4k --size=64k --filename="$sock" --name=one --vblk_ring=packed \
	--name=two --vblk_ring=packed
stop_fake
