#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that cannot open one of its devices does not use the other one either. Another job that uses
# only the working device runs.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --log-requests
fio_fails "$dir/none: No such file" --name=j --rw=write --bs=4k --size=64k --filename="$sock:$dir/none"
expect_no_line '^REQUEST' "$log"
printf '[global]\nrw=write\nbs=4k\nsize=64k\n[good]\nfilename=%s\n[bad]\nfilename=%s\n' "$sock" "$dir/none" >"$dir/jobs"
run_fio "$dir/jobs"
[ $rc -ne 0 ] || fail "fio succeeded"
expect_one_line "$dir/none: No such file"
expect_backend_free
stop_fake
