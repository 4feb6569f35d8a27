#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Where fio has it (recover_zbd_write_error=, 3.40), a zone whose write failed is brought to where the
# write would have left it, and the job goes on and fills every zone.
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
"$FIO" --cmdhelp=recover_zbd_write_error 2>/dev/null | grep -q recover_zbd || skip "this fio recovers no zones"
for size in 16k 128k; do
	start_device a --size 8M --zoned --zone-size 1M --order "fail 10 write"
	run_fio --name=j --zonemode=zbd --direct=1 --rw=write --bs=$size --size=8M --iodepth=4 --continue_on_error=write \
		--recover_zbd_write_error=1 --filename="$sock" --output-format=json
	[ "$(report '.jobs[0].total_err')" -ge 1 ] || fail "$size: no error is counted"
	expect_no_line '^vblk: .* (zone report|write) at' "$dir/err"
	"$builddir/vhost/info/vblk-info" --json "$sock" >"$dir/info" || fail "vblk-info fails"
	[ "$(jq '.zones.states.full' "$dir/info")" = 8 ] || fail "$size: not all zones were filled: $(cat "$dir/info")"
	stop_device
done
