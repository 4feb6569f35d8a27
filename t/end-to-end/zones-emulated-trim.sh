#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# zonemode=zbd on a device without zones: a trim resets a zone that fio emulates, as with fio's own
# engines. Nothing is sent to the device, so it need not offer discard. fio rounds an unaligned
# offset to a zone instead of refusing it.
# quick: yes
# newest fio: yes
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --size 16M --features -discard,-write_zeroes --log-requests
truncate -s 16M "$dir/a.img"
zones="--zonemode=zbd --zonesize=1M --direct=0 --bs=64k --size=4M --output-format=json"
# A job leaves a zone half full, the next job resets the zones that it finds written, and the last
# job writes elsewhere, with at most one open zone. Which trims fio counts, and whether the last job
# gets to write, depends on the version of fio: compare with psync.
for trim in trim randtrim; do
	run="--max_open_zones=1 --name=w --rw=write --io_size=512k --name=t --stonewall --rw=$trim --bs=1M --io_size=4M
		--name=then --stonewall --rw=write --offset=2M --size=2M"
	# shellcheck disable=SC2086
	psync_ok --filename="$dir/a.img" $zones $run
	expected=$(report '[.jobs[] | .write.total_ios, .trim.io_bytes] | tostring')
	# shellcheck disable=SC2086
	fio_ok --filename="$sock" $zones $run
	[ "$(report '[.jobs[] | .write.total_ios, .trim.io_bytes] | tostring')" = "$expected" ] ||
		fail "$trim: the counts differ from those of psync, $expected"
	case $trim in randtrim) [ "$(report '.jobs[1].trim.io_bytes')" = 1048576 ] || fail "$trim: an empty zone was trimmed" ;; esac
done
expect_no_line 'DISCARD|WRITE_ZEROES' "$log"
# shellcheck disable=SC2086
fio_ok --filename="$sock" $zones --name=w --rw=write --offset=1000 --size=4M
[ "$(report '.jobs[0].write.io_bytes')" = 3145728 ] || fail "fio did not round the offset up, and the size down"
grep '^REQUEST 0 OUT' "$log" | tail -n 48 | head -n 1 | grep -q 'sector=2048 ' || fail "the first write was not at the start of a zone"
# shellcheck disable=SC2086
fio_fails "job 'w' has zonesize=1048832, which is not a multiple of the device's logical block size 512" \
	--filename="$sock" $zones --name=w --rw=write --zonesize=1048832 --size=8M
stop_fake
