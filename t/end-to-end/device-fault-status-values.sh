#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Status 1 is EIO and 2 is ENOTSUP. Undefined values, which include the zone status values on a
# device without zones, are EPROTO. fio's message names the status.
# quick: yes
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for pair in 1:5 2:95 3:71 7:71 127:71 254:71; do
	start_fake a --status ${pair%:*}
	run_fio --name=j --rw=read --bs=4k --size=64k --filename="$sock" --output-format=json
	[ $rc -ne 0 ] || fail "status ${pair%:*}: fio succeeded"
	[ "$(report '.jobs[0].error')" = ${pair#*:} ] || fail "status ${pair%:*} is error $(report '.jobs[0].error')"
	expect_line "answered with status ${pair%:*}( \\([A-Z_]+\\))?\$" "$dir/err"
	[ $pair != 1:5 ] || expect_line "status 1 \\(IOERR\\)\$" "$dir/err"
	stop_fake
done
