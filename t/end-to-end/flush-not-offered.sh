#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Without VIRTIO_BLK_F_FLUSH, syncs succeed and no request is sent, because such a device has no
# volatile cache.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests --features -flush,-config_wce
fio_ok --name=j --rw=write --bs=4k --size=64k --fsync=1 --end_fsync=1 --filename="$sock"
expect_count 16 '^REQUEST 0 OUT' "$log"
expect_no_line FLUSH "$log"
stop_fake
