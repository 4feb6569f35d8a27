#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An engine built for a fio of the same version, but with a different struct thread_data, reports
# this and ends the run.
# sanitizers: no (it builds an engine of its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

fio_dir=$(sed -n 's/^FIO_DIR = //p' Makefile)
copy_headers "$fio_dir" "$dir/fio"
sed -i 's/^struct thread_data {/&\n\tlong moved[2];/' "$dir/fio/fio.h"
grep -q 'moved\[2\]' "$dir/fio/fio.h" || fail "this test could not change struct thread_data in fio.h"
build_engine "$dir/other.so" "$dir/fio" "$("$FIO" --version)"
any_fio --ioengine="external:$dir/other.so" --name=r --filename="$dir/none" --rw=read --bs=4k --size=4k --numjobs=2
[ $rc -ne 0 ] || fail "fio succeeded"
[ $rc -lt 126 ] || fail "fio crashed with status $rc"
expect_one_line "$("$FIO" --version).*layout"
