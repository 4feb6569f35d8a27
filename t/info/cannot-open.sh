#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that vblk-info cannot open is one line, the engine's, and status 1; what is printed is
# nothing for people, and for machines the error.
. "${srcdir:-.}/t/info/lib.sh"

info_fails "^vblk: $dir/none: No such file or directory; " "$dir/none"
[ ! -s "$dir/out" ] || fail "it printed something"
info_fails "^vblk: $dir/none: No such file or directory; " --json "$dir/none"
fact 'keys == ["error"] and (.error | startswith("No such file or directory; "))'
: >"$dir/file"
info_fails "^vblk: $dir/file: is a regular file, not a vhost-user socket, a vhost-vdpa device or a PCI function of vfio-pci\$" "$dir/file"

start_qsd a
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
info_fails "^vblk: $sock: nobody listens on this socket; start the back-end first \(some serve one connection and end: start those again each time\)\$" "$sock"

start_fake b --features -version_1
info_fails "^vblk: $sock: device does not offer VIRTIO_F_VERSION_1; " "$sock"
stop_fake
