#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio refuses io_submit_mode=offload with one message that names the engine, and the device is not
# used.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a
fio_fails "can't be used with offloaded submit" --name=j --rw=read --bs=4k --size=64k --filename="$sock" \
	--io_submit_mode=offload --iodepth=4 --numjobs=2
expect_backend_free
