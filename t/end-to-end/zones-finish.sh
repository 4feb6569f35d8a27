#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio 3.34 and later finish a zone whose remaining capacity is smaller than a block. vblk-info then
# shows these zones as full.
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
[ "$(printf '%s\nfio-3.34\n' "$("$FIO" --version)" | sort -V | head -n 1)" = fio-3.34 ] || skip "this fio does not finish zones"
start_device a --size 4M --zoned --zone-size 1M --max-open-zones 2
fio_ok --name=j --zonemode=zbd --direct=1 --rw=write --bs=384k --size=4M --max_open_zones=2 --vblk_stats="$dir/stats" \
	--filename="$sock"
expect_stat '.[0] | .zone_commands >= 3 and .errors == 0'
"$builddir/vhost/info/vblk-info" --json "$sock" >"$dir/info" || fail "vblk-info failed"
[ "$(jq '.zones.states.full' "$dir/info")" -ge 3 ] || fail "the zones are not full: $(jq .zones "$dir/info")"
stop_device
