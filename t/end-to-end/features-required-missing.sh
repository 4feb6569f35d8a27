#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With vblk_features=+name, a device that does not offer the feature is refused, and the message
# names the feature.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests --features -event_idx,-discard
fio_fails '/a.sock: .*event_idx' --name=j --rw=read --bs=4k --size=64k --vblk_features=+event_idx --filename="$sock"
fio_fails '/a.sock: .*discard' --name=j --rw=read --bs=4k --size=64k --vblk_features=+discard,+mq --filename="$sock"
expect_no_line '^REQUEST' "$log"
expect_backend_free
stop_fake
