#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Contradictory options are refused: a feature that is both required and forbidden, jobs of one
# device with different values of an option that applies to the whole device, and hipri together
# with vblk_wait=block.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
fio_fails "event_idx is both required and forbidden" --name=j --rw=write --bs=4k --size=64k \
	--vblk_features=+event_idx,-event_idx --filename="$sock"
for option in vblk_queues=2 vblk_features=-mq vblk_hugepages=none vblk_timeout=5s vblk_transport=vhost-user; do
	printf '[global]\nfilename=%s\nrw=write\nbs=4k\nsize=64k\n[one]\n[two]\n%s\n' "$sock" $option >"$dir/jobs"
	fio_fails "$sock: jobs 'one' and 'two' .*${option%%=*}.*global" "$dir/jobs"
done
fio_fails "job 'j' has hipri, which means vblk_wait=spin, and also vblk_wait=block" --name=j --rw=read --bs=4k --size=64k --hipri \
	--vblk_wait=block --numjobs=2 --filename="$sock"
expect_no_line CONNECT "$log"
for wait in spin hybrid; do
	fio_ok --name=j --rw=read --bs=4k --size=64k --hipri --vblk_wait=$wait --filename="$sock"
done
fio_ok --name=j --rw=read --bs=4k --size=64k --hipri=0 --vblk_wait=block --filename="$sock"
stop_fake
