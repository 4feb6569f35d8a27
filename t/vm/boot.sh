#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots the guest under emulation, runs one script of guest/ in it and prints the script's output.
# Exits with the script's status, or with 1 and the last lines of the console if the guest does not
# reach the end of the script.
#
#   boot.sh [-n] SCRIPT [FILE]...
#
#   -n      run without an IOMMU
#   SCRIPT  name of a script in guest/, or a path
#   FILE    is copied to the guest's /root
#
# VBLK_BUILD     build tree with the engine and vblk-info to test; default: this tree
# GUEST_SECONDS  time limit for the guest; default: 300
#
# All disks are virtio-blk functions with packed rings and four queues, each in its own PCI slot:
#
#   0000:00:10.0, 11.0  64 MiB each, behind the IOMMU if there is one
#   0000:00:12.0, 13.0  the same
#   0000:00:14.0        a network card
#   0000:00:15.0        a disk from before VIRTIO 1, with the legacy interface only
#   0000:00:16.0        another disk, 16 MiB
#   0000:00:18.0, 18.1  two disks in one IOMMU group
#   0000:00:19.0        a disk with three interrupts and rings of at most 16 entries
#   0000:00:1a.0        a disk with one interrupt
#   0000:00:1b.0        a disk that bypasses the IOMMU
#   0000:01:00.0        a hot-plugged disk; "host: device_del pulled" removes it
#
# If the script prints a line "host: COMMAND", COMMAND is passed to QEMU's monitor.
. "$(dirname "$0")/host.sh"

kernel_release >/dev/null
iommu=1
while getopts n option; do
	case $option in
	n) iommu= ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
script=${1:?the name of a script is missing}
shift
here=$(dirname "$0")
build=${VBLK_BUILD:-$top}
[ -e "$VM/image.cpio" ] || die "no file system for the guest yet: t/vm/image.sh"
run=$(mktemp -d "$VM/run.XXXXXX")
trap 'rm -rf "$run"' EXIT

# add_ours [FILE]...: append an archive with the scripts, the engine and the files to the image. The
# kernel unpacks one archive after the other.
add_ours() {
	local root=$run/root
	mkdir -p "$root/guest" "$root/root/examples"
	cp "$here"/guest/*.sh "$root/guest"
	[ ! -e "$script" ] || cp "$script" "$root/guest"
	install "$here/guest/init" "$root/init"
	[ $# -eq 0 ] || cp "$@" "$root/root"
	cp "$top"/examples/*.fio "$root/root/examples"
	cp "$build/engine/.libs/libfio_vblk.so" "$root/root"
	if [ -x "$build/vhost/info/vblk-info" ]; then
		cp "$build/vhost/info/vblk-info" "$root/root"
		"$here/add-programs.sh" "$root" "$build/vhost/info/vblk-info"
	fi
	(cd "$root" && find . | cpio -o -H newc -R +0:+0 --quiet) | cat "$VM/image.cpio" - >"$run/initrd"
}

qemu=()
# disk NAME SIZE ADDRESS [PROPERTY]...
disk() {
	local name=$1 property device
	truncate -s "$2" "$run/$name"
	device="virtio-blk-pci,id=$name,drive=$name,serial=$name,$3"
	shift 3
	for property; do
		device=$device,$property
	done
	qemu+=(-drive "if=none,id=$name,format=raw,file=$run/$name,discard=unmap" -device "$device")
}

machine() {
	local modern=(disable-legacy=on iommu_platform=on packed=on num-queues=4)
	[ -z "$iommu" ] || qemu+=(-device "intel-iommu,intremap=on,caching-mode=on")
	disk disk0 64M addr=10 "${modern[@]}"
	disk disk1 64M addr=11 "${modern[@]}"
	disk disk2 64M addr=12 "${modern[@]}"
	disk disk3 64M addr=13 "${modern[@]}"
	qemu+=(-device "virtio-net-pci,addr=14,disable-legacy=on,iommu_platform=on,romfile=")
	disk legacy 16M addr=15 disable-legacy=off disable-modern=on
	disk bound 16M addr=16 "${modern[@]}"
	qemu+=(-device "pcie-root-port,id=upper,chassis=1,addr=17")
	disk pulled 16M bus=upper aer=on "${modern[@]}"
	disk twin0 16M addr=18.0 multifunction=on "${modern[@]}"
	disk twin1 16M addr=18.1 "${modern[@]}"
	disk small 16M addr=19 "${modern[@]}" vectors=3 queue-size=16
	disk mute 16M addr=1a "${modern[@]}" vectors=1
	disk direct 16M addr=1b disable-legacy=on
}

# relay: print the output of the script, and pass its commands to QEMU's monitor.
relay() {
	while IFS= read -r line; do
		case $line in
		'guest: ended with status '*) echo "${line##* }" >"$run/ended" ;;
		host:*) echo "${line#host: }" >"$run/monitor.in" ;;
		*) echo "$line" ;;
		esac
	done
}

# On a busy machine the guest may not run for longer than its kernel tolerates by default.
patience='no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1 tsc=reliable'

add_ours "$@"
machine
mkfifo "$run/monitor.in" "$run/monitor.out"
status=0
timeout -k 5 "${GUEST_SECONDS:-300}" qemu-system-x86_64 -accel tcg,thread=multi -cpu qemu64 \
	-machine q35,kernel-irqchip=split -smp 2 -m 1536 -nodefaults -no-user-config -display none -no-reboot \
	-chardev "pipe,id=monitor,path=$run/monitor" -mon monitor \
	-serial "file:$run/console" -serial stdio \
	-kernel "$(echo "$VM"/kernel/boot/vmlinuz-*)" -initrd "$run/initrd" \
	-append "console=ttyS0 panic=-1 quiet mitigations=off $patience ${iommu:+intel_iommu=on} test=${script##*/}" \
	"${qemu[@]}" </dev/null 2>"$run/qemu" | relay || status=$?
ended=$(cat "$run/ended" 2>/dev/null || true)
[ -z "$ended" ] || exit "$ended"

echo "FAIL: the guest ends properly: QEMU ended with status $status; the last output of QEMU and of the console:"
tail -q -n 40 "$run/qemu" "$run/console" | tr -d '\r' | sed 's/^/    /'
exit 1
