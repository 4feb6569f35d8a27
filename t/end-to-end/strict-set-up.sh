#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Deviations from the specification in what a device offers are tolerated if they do no harm. With
# vblk_strict=1 they are reported in one message before any I/O. A device whose discard limit is
# smaller than a block still runs jobs that do not trim.
. "${srcdir:-.}/t/end-to-end/lib.sh"

job="--name=j --rw=randread --bs=4k --size=64k"
start_fake a --features +size_max --size-max 0
# shellcheck disable=SC2086
{
	fio_ok $job --filename="$sock"
	fio_fails '/a.sock: device offers size_max but reports a value of 0; vblk_features=-size_max turns the feature off \(vblk_strict\)$' \
		$job --vblk_strict=1 --filename="$sock"
	fio_ok $job --vblk_strict=1 --vblk_features=-size_max --filename="$sock"
	fio_fails "jobs 'j' and 'k' have different values of vblk_strict; " --filename="$sock" $job --vblk_strict=1 \
		--name=k --rw=randread --size=64k
	stop_fake
	start_fake b --config-exact --config-size 256
	fio_ok $job --filename="$sock"
	fio_fails '/b.sock: back-end replied to GET_CONFIG of 60 bytes, the size that its features require, with 0 bytes \(vblk_strict\)$' \
		$job --vblk_strict=1 --filename="$sock"
	stop_fake
	start_device c --block-size 4096 --max-discard-sectors 7
	fio_ok $job --filename="$sock"
	fio_fails "/c.sock: job 't' trims, but the device's limit for discard is less than one logical block \(max_discard_sectors\)$" \
		--name=t --rw=trim --bs=4k --size=64k --filename="$sock"
	fio_fails '/c.sock: device offers discard but limits a segment to 7 sectors, which is less than its logical block \(vblk_strict\)$' \
		$job --vblk_strict=1 --filename="$sock"
	stop_device
}
