#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that vblk-info cannot open is one line, the engine's, and status 1; nothing is printed.
. "${srcdir:-.}/t/lib-info.sh"

for json in "" --json; do
	info_fails "^vblk: $dir/none: No such file or directory; " $json "$dir/none"
	[ ! -s "$dir/out" ] || fail "it printed something"
done
: >"$dir/file"
info_fails "^vblk: $dir/file: is a regular file, not a vhost-user socket\$" "$dir/file"

start_qsd a
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
info_fails "^vblk: $sock: nobody listens on this socket; start the back-end first\$" "$sock"

start_fake b --features -version_1
info_fails "^vblk: $sock: device does not offer VIRTIO_F_VERSION_1; " "$sock"
stop_fake
