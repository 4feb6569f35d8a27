# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # what cases.sh reads
# vhost-vdpa with virtio PCI functions behind an IOMMU with 39-bit addresses.
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh
# shellcheck source=t/vm/guest/cases.sh
. /guest/cases.sh

kind=vp_vdpa transport=vhost-vdpa queues=4 layouts='split packed'
function=0000:00:12.0 function2=0000:00:13.0

find_device() {
	device=$(vdpa_node vp0)
	device2=$(vdpa_node vp1)
	[ -c "$device" ]
}

# add_vp NAME FUNCTION: create a vDPA device on a PCI function.
add_vp() {
	bind vp-vdpa "$2" && add_vdpa "$1" "pci/$2"
}

plain() {
	if [ "$1" = on ]; then
		vdpa dev del vp0 && bind virtio-pci $function && block_device /sys/bus/pci/devices/$function
	else
		add_vp vp0 $function && find_device
	fi
}

modprobe -a vhost_vdpa virtio_blk vp_vdpa
add_vp vp0 $function && add_vp vp1 $function2 || echo "FAIL: $kind: the disks are created"
check_cases
check_device "a device with 39-bit I/O addresses" case_narrow_range
check_device "trim by discard" case_trim discard
check_device "a killed run leaves the device usable" case_run_killed
check_device "a device removed during I/O ends the job with an error" case_removed vp0 add_vp vp0 $function
