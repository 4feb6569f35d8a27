#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A zone command that fails, never completes, or makes the device exit, ends the job with one error
# message. Tested for the zone report in fio's main process, and for a zone reset while other
# requests are in flight.
. "${srcdir:-.}/t/end-to-end/lib.sh"

zoned="--zoned --zone-size 1M --max-open-zones 4"
zbd="--name=j --zonemode=zbd --direct=1 --bs=16k --size=8M --iodepth=8 --max_open_zones=4"
# The zone report, before any job runs.
# shellcheck disable=SC2086
start_device a --size 8M $zoned --order "fail 1 zone" --orders "$dir/orders"
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': zone report at offset 0: the device answered with status 1 \\(IOERR\\)" $zbd --rw=write --filename="$sock"
order no-status 1 zone
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': zone report at offset 0: the device completed the request without writing its status" $zbd --rw=write --filename="$sock"
order no-data 1 zone
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': zone report claims to have" $zbd --rw=write --filename="$sock"
order drop 1 zone
# shellcheck disable=SC2086
fio_fails "$sock: job 'j': no completion for 1\\.[0-9] s with 1 requests outstanding" $zbd --rw=write \
	--vblk_io_timeout=1s --filename="$sock"
order die 1 zone
# shellcheck disable=SC2086
fio_fails "$sock: back-end closed the connection" $zbd --rw=write --filename="$sock"

# Resets of full zones. They are the device's first zone command after the reports.
for ring in split packed; do
	for fault in "fail=3 3 zone:zone reset at offset [0-9]+: the device answered with status 3 .ZONE_INVALID_CMD." \
		"drop 3 zone:no completion for 1\\.[0-9] s" "die 3 zone:back-end closed the connection" \
		"delay=300 3 zone:"; do
		# shellcheck disable=SC2086
		start_device b --size 8M $zoned --orders "$dir/orders"
		# shellcheck disable=SC2086
		fio_ok $zbd --rw=write --filename="$sock"
		# shellcheck disable=SC2086
		order ${fault%%:*}
		if [ -n "${fault#*:}" ]; then
			# shellcheck disable=SC2086
			fio_fails "$sock: .*${fault#*:}" $zbd --rw=randwrite --io_size=8M --vblk_ring=$ring \
				--vblk_io_timeout=1s --filename="$sock"
		else
			# shellcheck disable=SC2086
			fio_ok $zbd --rw=randwrite --io_size=8M --vblk_ring=$ring --verify=crc32c --filename="$sock"
		fi
		kill -KILL "$device" 2>/dev/null
		wait "$device" 2>/dev/null
		! grep -q 'driver broke' "$sock.said" || fail "$ring, $fault: $(cat "$sock.said")"
		rm -f "$sock"
	done
done
