#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device without VIRTIO_F_VERSION_1 is refused.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --features -version_1,-ring_packed,-in_order --log-requests
fio_fails "$sock: .*VIRTIO_F_VERSION_1" --name=j --rw=write --bs=4k --size=64k --filename="$sock"
expect_no_line '^(KICK|REQUEST)' "$log"
stop_fake
