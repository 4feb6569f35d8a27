#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# read_iolog replays what write_iolog recorded on a device: the same requests in the same order, on
# the device that the log names, and on the device that filename= names.
# quick: yes
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
fio_ok --name=j --rw=randrw --bsrange=4k-32k --size=1M --filename="$sock" --write_iolog="$dir/recorded"
first=$sock
grep '^REQUEST' "$log" >"$dir/wanted"
[ "$(wc -l <"$dir/wanted")" -ge 32 ] || fail "too few requests were recorded"
: >"$log"
fio_ok --name=j --bs=4k --read_iolog="$dir/recorded" --replay_no_stall=1 --filename="$sock"
grep '^REQUEST' "$log" | cmp - "$dir/wanted" || fail "with filename= the requests differ"
: >"$log"
fio_ok --name=j --bs=4k --read_iolog="$dir/recorded" --replay_no_stall=1 --filename="$sock" --thread=1
grep '^REQUEST' "$log" | cmp - "$dir/wanted" || fail "with thread=1 the requests differ"
stop_fake
start_fake b --log-requests
sed "s|$first|$sock|" "$dir/recorded" >"$dir/moved"
fio_ok --name=j --bs=4k --read_iolog="$dir/moved" --replay_no_stall=1 --filename="$sock"
grep '^REQUEST' "$log" | cmp - "$dir/wanted" || fail "on another device the requests differ"
stop_fake
