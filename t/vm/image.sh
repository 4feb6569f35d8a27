#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the guest's file system: busybox, fio, qemu-storage-daemon, vdpa and the kernel modules.
# boot.sh adds the engine and the test scripts. The result is build/vm/image.cpio, which is made
# again when one of the programs or the kernel has changed.
. "$(dirname "$0")/host.sh"

release=$(kernel_release)
programs=$(command -v fio qemu-storage-daemon vdpa jq setpriv)
modules='virtio_pci virtio_blk virtio_net vhost_vdpa virtio_vdpa vduse vdpa_sim_blk vp_vdpa vfio_pci vfio_iommu_type1'

# shellcheck disable=SC2086
state="$release $(cksum "$0" "$(command -v busybox)" $programs | cksum)"
! made_from "$VM/image.cpio" "$state" || exit 0
say "making the guest's file system"
root=$(mktemp -d "$VM/image.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,etc,lib64,proc,root,run,sbin,sys,tmp,usr/bin,usr/sbin}

cp "$(command -v busybox)" "$root/bin/busybox"
for name in $(busybox --list); do
	[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
done
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/tmp:/bin/sh' >"$root/etc/passwd"
# shellcheck disable=SC2086
"$(dirname "$0")/add-programs.sh" "$root" $programs

# Modules and their dependencies, uncompressed because busybox loads this form fastest. Each module
# names its dependencies itself. Building the list of all modules of the kernel would take longer
# than the rest of this script.
to=$root/lib/modules/$release
from=$VM/kernel/lib/modules/$release
mkdir -p "$to"

# add_module NAME: add a module and its dependencies.
add_module() {
	local name=${1//-/_} file depends
	[ ! -e "$to/$name.ko" ] || return 0
	! grep -q "/${name//_/[-_]}\.ko\$" "$from/modules.builtin" || return 0
	file=$(find "$from" -name "${name//_/[-_]}.ko*" -print -quit)
	case $file in
	'') die "the kernel has no module $name" ;;
	*.xz) xz -dc "$file" >"$to/$name.ko" ;;
	*.zst) zstd -qdc "$file" >"$to/$name.ko" ;;
	*) cp "$file" "$to/$name.ko" ;;
	esac
	depends=$(modinfo -F depends "$to/$name.ko")
	for name in ${depends//,/ }; do
		add_module "$name"
	done
}

for module in $modules; do
	add_module "$module"
done
cp "$from"/modules.{builtin,builtin.modinfo,order} "$to"
depmod -b "$root" "$release"

(cd "$root" && find . | cpio -o -H newc -R +0:+0 --quiet) >"$VM/image.new"
mv "$VM/image.new" "$VM/image.cpio"
made "$VM/image.cpio" "$state"
