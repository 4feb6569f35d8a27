#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the vDPA drivers that Debian does not build (the simulated disk and vp_vdpa) for the kernel
# that fetch.sh fetched. The result goes to extra/ in the kernel's module tree. Does nothing if
# extra/ exists.
. "$(dirname "$0")/host.sh"

release=$(kernel_release)
src=$VM/kernel/usr/src
headers=$src/linux-headers-$release
extra=$VM/kernel/lib/modules/$release/extra
modules='vringh vdpa_sim vdpa_sim_blk vp_vdpa'

[ ! -d "$extra" ] || exit 0
say "building $modules"
work=$(mktemp -d "$VM/modules.XXXXXX")
trap 'rm -rf "$work"' EXIT
find "$VM/drivers" -name '*.[ch]' -exec cp -t "$work" {} +
for module in $modules; do
	echo "obj-m += $module.o"
done >"$work/Kbuild"

# The Makefile of the headers assumes that they are installed, which they are not.
# CONFIG_DEBUG_INFO_BTF_MODULES is off because BTF type information would need another tool. Modules
# load without it.
common=$(find "$src" -maxdepth 1 -name 'linux-headers-*-common')
echo "include $common/Makefile" >"$headers/Makefile"
make -C "$headers" -j"$(nproc)" M="$work" CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$work/log" 2>&1 || {
	tail -n 30 "$work/log" >&2
	die "the modules could not be built"
}
strip --strip-debug "$work"/*.ko
mkdir "$work/extra"
cp "$work"/*.ko "$work/extra"
mv "$work/extra" "$extra"
