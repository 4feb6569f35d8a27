# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # what cases.sh reads
# vfio-pci: virtio PCI functions that the engine drives directly.
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh
# shellcheck source=t/vm/guest/cases.sh
. /guest/cases.sh

kind=vfio transport=vfio-pci queues=4 layouts='split packed'
device=0000:00:10.0 device2=0000:00:11.0

find_device() {
	[ "$(driver $device)" = vfio-pci ]
}

plain() {
	if [ "$1" = on ]; then
		bind virtio-pci $device && block_device /sys/bus/pci/devices/$device
	else
		bind vfio-pci $device
	fi
}

case_sysfs_path() {
	device=/sys/bus/pci/devices/$device
	case_verify
}

# vfio-pci asks the engine to release the function, and gets it back.
case_unbound() {
	start_fio "$(target)" --name=first --runtime=60
	echo $device >/sys/bus/pci/drivers/vfio-pci/unbind &
	remover=$!
	ends_with_error 20 "^vblk: $device: .*(release|unb|remov|taken)"
	wait_until 10 gone $remover || fail "the engine did not release the function"
	bind vfio-pci $device || fail "the function cannot be bound again"
	case_verify
}

# Hot-unplug of the device. QEMU asks the guest first, which takes some seconds.
case_pulled() {
	device=0000:01:00.0
	bind vfio-pci $device || fail "the device to unplug was not found"
	start_fio "$(target)" --name=first --runtime=60
	echo "host: device_del pulled" >/dev/ttyS1
	ends_with_error 30 "^vblk: $device: "
	wait_until 10 test ! -e /sys/bus/pci/devices/$device || fail "the device is still present"
}

case_pci_error() {
	device=0000:01:00.0
	bind vfio-pci $device || fail "the device for the PCI error was not found"
	start_fio "$(target)" --name=first --runtime=60
	echo "host: pcie_aer_inject_error pulled POISON_TLP" >/dev/ttyS1
	ends_with_error 20 "^vblk: $device: .*PCI error"
}

modprobe -a virtio_blk vfio_pci vfio_iommu_type1
bind vfio-pci $device && bind vfio-pci $device2 || echo "FAIL: $kind: the functions are bound"
check_cases
check_device "a device with 39-bit I/O addresses" case_narrow_range
check_device "trim by discard" case_trim discard
check_device "a killed run leaves the device usable" case_run_killed
check_device "a sysfs path can name the device" case_sysfs_path
check_device "unbinding during I/O ends the job with an error" case_unbound
check "a PCI error during I/O ends the job with an error" case_pci_error
check "a device unplugged during I/O ends the job with an error" case_pulled
