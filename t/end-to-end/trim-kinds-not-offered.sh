#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A kind of trim that the device does not offer, or that vblk_features= forbids, is refused with one
# clear message.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_device a --no-write-zeroes --no-discard --size 1M
for kind in discard:DISCARD write_zeroes:WRITE_ZEROES write_zeroes_unmap:WRITE_ZEROES secure_erase:SECURE_ERASE; do
	fio_fails "$sock: job 't' trims, but the device does not offer [a-z_]* \\(VIRTIO_BLK_F_${kind#*:}\\)" \
		--name=t --rw=trim --bs=4k --vblk_trim="${kind%:*}" --filename="$sock"
done
stop_device
start_device a --secure-erase --size 1M
for kind in discard:DISCARD write_zeroes:WRITE_ZEROES secure_erase:SECURE_ERASE; do
	fio_fails "$sock: job 't' trims, but vblk_features= forbids ${kind%:*} \\(VIRTIO_BLK_F_${kind#*:}\\)" \
		--name=t --rw=trim --bs=4k --vblk_trim="${kind%:*}" --vblk_features="-${kind%:*}" --filename="$sock"
done
# vblk_trim= has no effect on a job that does not trim.
fio_ok --name=t --rw=read --bs=4k --vblk_trim=write_zeroes --vblk_features=-write_zeroes --filename="$sock"
stop_device
