#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Invalid option values are refused: by fio if fio checks them, otherwise by the engine with one
# message.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
for option in vblk_wait=sometimes vblk_hugepages=3M vblk_transport=pigeon vblk_poison=maybe vblk_segments=0 vblk_spin=soon \
	vblk_nothing=1; do
	run_fio --name=j --rw=write --bs=4k --size=64k --filename="$sock" --$option
	[ $rc -ne 0 ] || fail "--$option was accepted"
	expect_line "${option%%=*}" "$dir/err"
done
fio_fails "vblk_features=\\+nonsense: 'nonsense'" --name=j --rw=write --bs=4k --size=64k --vblk_features=+nonsense \
	--filename="$sock"
fio_fails "vblk_features=mq: .*neither \\+ nor -" --name=j --rw=write --bs=4k --size=64k --vblk_features=mq \
	--filename="$sock"
fio_fails "version_1 cannot be forbidden" --name=j --rw=write --bs=4k --size=64k --vblk_features=-version_1 \
	--filename="$sock"
expect_no_line CONNECT "$log"
stop_fake
