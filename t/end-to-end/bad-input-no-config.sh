#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end whose configuration space cannot be read is refused: no CONFIG protocol feature, an
# empty answer to GET_CONFIG, or a configuration space that is too small.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --protocol-features -config
fio_fails "$sock: .*VHOST_USER_PROTOCOL_F_CONFIG" --name=j --rw=write --bs=4k --size=64k --filename="$sock"
stop_fake
start_fake b --features -protocol_features
fio_fails "$sock: .*VHOST_USER_PROTOCOL_F_CONFIG" --name=j --rw=write --bs=4k --size=64k --filename="$sock"
stop_fake
start_fake c --config-size 0
fio_fails "$sock: .*GET_CONFIG" --name=j --rw=write --bs=4k --size=64k --filename="$sock"
stop_fake
start_fake d --config-size 20
fio_fails "$sock: configuration space has 20 bytes" --name=j --rw=write --bs=4k --size=64k --filename="$sock"
stop_fake
