#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If vblk-info cannot open a device, it prints the same error message as the engine and exits with
# status 1. It prints no text output. With --json, it prints the error.
. "${srcdir:-.}/t/info/lib.sh"

info_fails "^vblk: $dir/none: No such file or directory; " "$dir/none"
[ ! -s "$dir/out" ] || fail "vblk-info printed something on standard output"
info_fails "^vblk: $dir/none: No such file or directory; " --json "$dir/none"
fact 'keys == ["error"] and (.error | startswith("No such file or directory; "))'
: >"$dir/file"
info_fails "^vblk: $dir/file: is a regular file, not a vhost-user socket, a vhost-vdpa device or a PCI function of vfio-pci\$" "$dir/file"

start_qsd a
kill -KILL "$qsd"
wait "$qsd" 2>/dev/null
info_fails "^vblk: $sock: no process listens on this socket; start the back-end first \(some back-ends exit after one connection and must be started again\)\$" "$sock"

start_fake b --features -version_1
info_fails "^vblk: $sock: device does not offer VIRTIO_F_VERSION_1; " "$sock"
stop_fake
