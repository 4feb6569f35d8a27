#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that writes or trims is refused on a read-only device, with one message for all its clones.
# A job that reads is not refused.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" 1048576
cp "$dir/a.img" "$dir/before"
start_qsd a writable=off
for how in "--rw=write" "--rw=randrw --numjobs=4" "--rw=write --numjobs=4 --thread=1"; do
	# shellcheck disable=SC2086
	fio_fails "$sock: job 'w' writes, but the device is read-only .VIRTIO_BLK_F_RO." --name=w $how --bs=4k \
		--filename="$sock"
done
fio_fails "$sock: job 't' .*trims, but the device is read-only" --name=t --rw=trim --bs=4k --filename="$sock"
cmp "$img" "$dir/before" || fail "a refused job wrote to the image"
fio_ok --name=r --rw=randread --bs=4k --filename="$sock"
