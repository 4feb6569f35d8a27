#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Full zones are reset while other requests are in flight: when a job overwrites them, as often as
# zone_reset_frequency requires, and for trims, which are zone resets. All data verifies.
# newest fio: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for ring in split packed; do
	for wait in spin block; do
		rm -f "$dir/stats"
		start_device a --size 8M --zoned --zone-size 1M --max-open-zones 4
		common="--zonemode=zbd --direct=1 --bs=32k --iodepth=8 --vblk_ring=$ring --vblk_wait=$wait"
		# shellcheck disable=SC2086
		fio_ok $common --name=fill --rw=write --size=8M --verify=crc32c --filename="$sock"
		# All zones are full, so every further round resets each of them.
		# shellcheck disable=SC2086
		fio_ok $common --name=again --rw=randwrite --size=8M --io_size=16M --verify=crc32c --max_open_zones=4 \
			--vblk_stats="$dir/stats" --filename="$sock"
		expect_stat '.[0] | .zone_commands >= 8 and .errors == 0'
		rm -f "$dir/stats"
		# shellcheck disable=SC2086
		fio_ok $common --name=often --rw=randrw --size=8M --io_size=8M --zone_reset_threshold=.3 \
			--zone_reset_frequency=.05 --max_open_zones=4 --vblk_stats="$dir/stats" --filename="$sock"
		expect_stat '.[0] | .zone_commands >= 4 and .errors == 0'
		# Resets while writes to other zones are in flight: their completions are not lost.
		# shellcheck disable=SC2086
		fio_ok $common --name=beside --rw=randtrimwrite --bs=1M --size=8M --io_size=32M --max_open_zones=4 \
			--iodepth_batch=4 --vblk_stats="$dir/stats" --filename="$sock" --output-format=json
		# How many writes there are depends on fio, but the device executed as many as fio
		# counts.
		expect_stat ".[-1] | .errors == 0 and .writes == $(json '.jobs[0].write.total_ios') and .writes >= 16"
		[ "$(json '.jobs[0].write.clat_ns.max < 60000000000')" = true ] || fail "the longest write latency is 60 s or more"
		# A trim is a zone reset: the device then reads as zero there.
		# shellcheck disable=SC2086
		fio_ok $common --name=trim --rw=trim --bs=1M --size=8M --filename="$sock" --output-format=json
		[ "$(json '.jobs[0].trim.total_ios')" -ge 1 ] || fail "nothing was trimmed"
		fio_ok --name=zero --rw=read --bs=32k --size=8M --verify=pattern --verify_pattern=0 --verify_only \
			--direct=1 --filename="$sock"
		stop_device
	done
done
