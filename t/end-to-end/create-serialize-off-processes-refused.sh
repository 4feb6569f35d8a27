#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With create_serialize=0, several processes cannot share a device: the run is refused with one
# message that says what to change.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

double_free_of_fio=expected
start_fake a --log-requests
fio_fails 'create_serialize=0.*thread=1' --name=j --numjobs=3 --create_serialize=0 --rw=write --bs=4k --size=64k \
	--filename="$sock"
expect_no_line '^REQUEST' "$log"
fio_ok --name=j --create_serialize=0 --rw=write --bs=4k --size=64k --filename="$sock"
stop_fake
