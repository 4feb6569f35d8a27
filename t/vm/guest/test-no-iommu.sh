# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # what cases.sh reads
# A machine without an IOMMU: devices that need one are refused with a message that says so, and
# devices that do not need one work. vdpa_sim has its own IOMMU.
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh
# shellcheck source=t/vm/guest/cases.sh
. /guest/cases.sh

transport=vhost-vdpa queues=1 function=0000:00:10.0

find_device() {
	device=$(vdpa_node sim0)
	[ -c "$device" ]
}

case_vfio() {
	# vfio-pci refuses the function because there is no IOMMU.
	bind vfio-pci $function 2>/dev/null && fail "vfio-pci accepts the function"
	device=$function
	# shellcheck disable=SC2086
	fio_fails "IOMMU" $small "$(target)" --rw=read
}

case_vp_vdpa() {
	bind vp-vdpa 0000:00:12.0 && vdpa dev add name vp0 mgmtdev pci/0000:00:12.0 || fail "no device"
	device=$(vdpa_node vp0)
	# shellcheck disable=SC2086
	fio_fails "IOMMU" $small "$(target)" --rw=read
}

modprobe -a vhost_vdpa vdpa_sim_blk vp_vdpa vfio_pci vfio_iommu_type1
add_vdpa sim0 vdpasim_blk
kind=vdpa_sim
check_device "write and verify without an IOMMU" case_verify
kind=vfio
check "the missing IOMMU is reported" case_vfio
kind=vp_vdpa
check "the missing IOMMU is reported" case_vp_vdpa
