#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio respects the device's limit of open zones: a job stays within it by default, and a job that
# sets a higher limit is refused. Requests that the device fails because of zone rules have the
# matching errno and status name.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
zbd="--zonemode=zbd --direct=1 --bs=16k --iodepth=8"
start_device a --size 16M --zoned --zone-size 1M --max-open-zones 3 --max-active-zones 3
# shellcheck disable=SC2086
fio_ok $zbd --name=j --rw=randwrite --size=16M --io_size=8M --filename="$sock"
# shellcheck disable=SC2086
run_fio $zbd --name=j --rw=randwrite --size=16M --max_open_zones=4 --filename="$sock"
[ $rc -ne 0 ] || fail "fio accepted more open zones than the device allows"
expect_line 'max_open_zones \(4\) is larger than max \(3\)' "$dir/err"
stop_device

# Not every version of fio knows the limit of active zones: write to one zone more than allowed.
start_device a --size 16M --zoned --zone-size 1M --max-active-zones 2 --max-open-zones 2
for zone in 0 1; do
	fio_ok --name=j --rw=write --bs=4k --size=4k --offset=${zone}M --filename="$sock"
done
expect_line "^vblk: .* job 'j' writes to a host-managed device without zonemode=zbd" "$dir/out"
run_fio --name=j --rw=write --bs=4k --size=4k --offset=2M --filename="$sock" --output-format=json
[ "$(report '.jobs[0].error')" = 75 ] || fail "active zones exceeded is error $(report '.jobs[0].error')"
expect_line 'status 6 \(ZONE_ACTIVE_RESOURCE\)' "$dir/err"
# Writes at the write pointer and elsewhere.
run_fio --name=j --rw=write --bs=4k --size=4k --offset=4k --filename="$sock" --output-format=json
[ "$(report '.jobs[0].error')" = 0 ] || fail "the write pointer is not at the end of the written data"
run_fio --name=j --rw=write --bs=4k --size=4k --offset=64k --filename="$sock" --output-format=json
[ "$(report '.jobs[0].error')" = 5 ] || fail "an unaligned write is error $(report '.jobs[0].error')"
expect_line 'status 4 \(ZONE_UNALIGNED_WP\)' "$dir/err"
# A write across two zones (a read would be split there).
run_fio --name=j --rw=write --bs=1028k --size=1028k --offset=0 --filename="$sock" --output-format=json
[ "$(report '.jobs[0].error')" = 22 ] || fail "a write across zones is error $(report '.jobs[0].error')"
expect_line 'status 3 \(ZONE_INVALID_CMD\)' "$dir/err"
stop_device
