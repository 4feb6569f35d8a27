#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With recover_zbd_write_error= (fio 3.40 and later), a zone whose write failed is brought to the
# state that the write would have left, and the job continues and fills every zone.
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
"$FIO" --cmdhelp=recover_zbd_write_error 2>/dev/null | grep -q recover_zbd || skip "this fio does not recover zones"
for size in 16k 128k; do
	start_device a --size 8M --zoned --zone-size 1M --order "fail 10 write"
	run_fio --name=j --zonemode=zbd --direct=1 --rw=write --bs=$size --size=8M --iodepth=4 --continue_on_error=write \
		--recover_zbd_write_error=1 --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" -ge 1 ] || fail "$size: fio counted no error"
	expect_no_line '^vblk: .* (zone report|write) at' "$dir/err"
	"$builddir/vhost/info/vblk-info" --json "$sock" >"$dir/info" || fail "vblk-info failed"
	[ "$(jq '.zones.states.full' "$dir/info")" = 8 ] || fail "$size: not all zones were filled: $(cat "$dir/info")"
	stop_device
done
