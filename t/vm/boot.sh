#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots the guest, under emulation, runs one script of guest/ in it and prints what that says. Then it ends with the
# script's status; with 1, and the last the console said, when the guest did not get that far.
#
#   boot.sh [-n] SCRIPT [FILE]...
#
#   -n      no IOMMU
#   SCRIPT  of guest/, or a path
#   FILE    goes to the guest's /root, too
#
# VBLK_BUILD     the tree that was built, whose engine and vblk-info are taken; default: this one
# GUEST_SECONDS  how long the guest may take; default: 300
#
# All disks are virtio-blk functions with packed rings and four queues on slots of their own:
#
#   0000:00:10.0, 11.0  64 MiB each, behind the IOMMU if there is one
#   0000:00:12.0, 13.0  the same
#   0000:00:14.0        a network card
#   0000:00:15.0        a disk before VIRTIO 1: the legacy interface alone
#   0000:00:16.0        another disk, 16 MiB
#   0000:00:18.0, 18.1  two in one group of the IOMMU's
#   0000:00:19.0        three interrupts, rings of at most 16
#   0000:00:1a.0        one interrupt
#   0000:00:1b.0        one that takes no heed of the IOMMU
#   0000:01:00.0        one that is plugged in at a port, and can be pulled: "host: device_del pulled"
#
# A line "host: COMMAND" of the script is a command for QEMU's monitor.
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
script=${1:?which script}
shift
here=$(dirname "$0")
build=${VBLK_BUILD:-$top}
[ -e "$VM/image.cpio" ] || die "no file system for the guest yet: t/vm/image.sh"
run=$(mktemp -d "$VM/run.XXXXXX")
trap 'rm -rf "$run"' EXIT

# What is tested, on top of the image: the kernel unpacks one archive after the other.
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

# relay: prints what the script says, and hands on what it asks of the host.
relay() {
	while IFS= read -r line; do
		case $line in
		'guest: ended with status '*) echo "${line##* }" >"$run/ended" ;;
		host:*) echo "${line#host: }" >"$run/monitor.in" ;;
		*) echo "$line" ;;
		esac
	done
}

# A machine that is busy may keep the guest waiting for longer than a kernel thinks possible.
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

echo "FAIL: the guest comes to its end: status $status of QEMU; what that and the console said last:"
tail -q -n 40 "$run/qemu" "$run/console" | tr -d '\r' | sed 's/^/    /'
exit 1
