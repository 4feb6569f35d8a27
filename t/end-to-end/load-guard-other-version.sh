#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An engine built for another version of fio reports both versions, and fio stops without a crash.
#
# FIO_OTHER_SRC names a configured source tree of another version than the running fio.
# sanitizers: no (it builds an engine of its own)
. "${srcdir:-.}/t/end-to-end/lib.sh"

other=${FIO_OTHER_SRC:-}
[ -f "$other/config-host.h" ] || skip "FIO_OTHER_SRC does not name a configured fio source tree"
version=$(sed -n 's/^FIO_VERSION = //p' "$other/FIO-VERSION-FILE")
running=$("$FIO" --version)
[ "$version" != "$running" ] || skip "FIO_OTHER_SRC has the same version as the running fio"
build_engine "$dir/other.so" "$other"
any_fio --ioengine="external:$dir/other.so" --name=r --filename="$dir/none" --rw=read --bs=4k --size=4k
[ $rc -ne 0 ] || fail "fio succeeded"
[ $rc -lt 126 ] || fail "fio crashed with status $rc"
expect_one_line "$version .*$running"
