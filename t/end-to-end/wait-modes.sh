#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_wait=spin never sleeps, block sleeps and wakes up, hybrid with vblk_spin=0 behaves like
# block, and hipri like spin. All data verifies.
# quick: yes
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_qsd a size=8M
for how in --vblk_wait=spin --hipri --vblk_wait=block "--vblk_wait=hybrid --vblk_spin=0" --vblk_wait=hybrid \
	"--vblk_wait=block --vblk_features=-event_idx"; do
	# On a busy machine, the device may complete requests before the driver sleeps; try several
	# times.
	tries=5
	case $how in *spin | --hipri) tries=1 ;; esac
	while [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		rm -f "$dir/stats"
		# shellcheck disable=SC2086
		fio_ok --name=j --rw=randwrite --bs=4k --iodepth=16 $how --verify=crc32c \
			--vblk_stats="$dir/stats" --filename="$sock"
		sleeps=$(queue_stats .sleeps)
		[ "$sleeps" = 0 ] || break
	done
	case $how in
	*spin | --hipri) [ "$sleeps" = 0 ] || fail "$how slept $sleeps times" ;;
	*block* | *spin=0) [ "$sleeps" -gt 0 ] || fail "$how never slept" ;;
	esac
	[ "$(queue_stats '.writes + .reads')" = 4096 ] || fail "$how: not 4096 requests"
done
