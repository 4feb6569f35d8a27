#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# create_serialize=0 in only some of several jobs that run as processes: the other jobs set up the
# devices for all of them.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a
for first in 0 1; do
	fio_ok --filename="$sock" --rw=read --bs=4k --size=256k \
		--name=one --create_serialize=$first --name=two --create_serialize=$((1 - first))
done
[ "$(grep -c '^CONNECT' "$log")" = 2 ] || fail "more than one connection a run"
stop_fake
