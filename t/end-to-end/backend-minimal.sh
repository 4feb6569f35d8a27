#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Back-ends that offer few features still work: without REPLY_ACK, without STATUS, without MQ, with
# one queue, with almost no feature bits.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for protocol in -reply_ack -status -mq,-reply_ack,-status,-configure_mem_slots,-inflight_shmfd; do
	start_fake a --protocol-features $protocol
	fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --filename="$sock"
	case $protocol in *status*) expect_no_line _STATUS "$log" ;; esac
	stop_fake
	rm -f "$log"
done
start_fake a --features -all,+version_1,+protocol_features --protocol-features -all,+config --config-size 8
fio_ok --name=j --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c --filename="$sock"
expect_line 'features version_1$' "$dir/out"
stop_fake
