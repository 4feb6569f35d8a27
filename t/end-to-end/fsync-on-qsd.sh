#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fsync=, fdatasync= and end_fsync= succeed with qemu-storage-daemon, and the data is in the image.
# quick: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=4M
for how in --fsync=4 --fdatasync=4 --end_fsync=1 --fsync_on_close=1 --sync_file_range=write:8; do
	fio_ok --name=j --rw=randwrite --bs=4k --iodepth=8 $how --verify=crc32c --do_verify=0 --filename="$sock"
	psync_ok --name=j --rw=randwrite --bs=4k --verify=crc32c --verify_only --filename="$img"
done
