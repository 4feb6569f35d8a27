#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Back-ends that answer GET_CONFIG only if it asks for exactly the size of their configuration space
# are supported.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

for size in 60 72 96 36 256; do
	case $size in
	36) features=-mq,-discard,-write_zeroes,-config_wce ;;
	*) features=+mq ;;
	esac
	start_fake a --config-exact --config-size $size --features $features
	fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
	stop_fake
done
# The driver first asks for the size that the features define, then for the two sizes that such
# back-ends use most often.
start_fake b --config-exact --config-size 256 --features -discard,-write_zeroes
fio_ok --name=j --rw=read --bs=4k --size=64k --filename="$sock"
stop_fake
[ "$(grep '^GET_CONFIG' "$log" | head -n 3 | paste -sd ' ')" = "GET_CONFIG 0 36 GET_CONFIG 0 60 GET_CONFIG 0 256" ] ||
	fail "unexpected sizes in GET_CONFIG: $(grep '^GET_CONFIG' "$log")"
