#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the back-end fails while it is stopped, fio prints one error message and exits with a non-zero
# status.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for fault in stall-at close-at truncate-at; do
	start_fake a --$fault GET_VRING_BASE
	fio_fails '/a.sock: the device was not stopped cleanly: .*GET_VRING_BASE' --name=j \
		--rw=read --bs=4k --size=64k --vblk_timeout=1s --filename="$sock"
	kill -TERM "$fake"
	wait "$fake" || true
done
