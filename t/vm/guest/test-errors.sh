# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Error messages for devices that cannot be opened: one line each, with a remedy.
# shellcheck disable=SC2086 # $as_nobody is several words
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh

# refused PATTERN PATH [COMMAND]...: expect that vblk-info, run by COMMAND, fails with one message
# about this path, which matches.
refused() {
	pattern=$1
	path=$2
	shift 2
	rc=0
	timeout -k 5 30 "$@" ./vblk-info "$path" >"$dir/out" 2>"$dir/err" || rc=$?
	[ $rc -eq 1 ] || fail "vblk-info ended with status $rc, not 1"
	[ "$(wc -l <"$dir/err")" = 1 ] || fail "vblk-info did not print exactly one line on standard error"
	line "^vblk: $path: .*($pattern)"
}

# fio_refused PATTERN PATH [COMMAND]...: expect the same of fio with the engine.
fio_refused() {
	pattern=$1
	path=$2
	shift 2
	rc=0
	(cd /tmp && timeout -k 5 30 "$@" fio "--ioengine=external:$engine" --name=refused --rw=read --bs=4k --size=4k \
		"--filename=$(escaped "$path")" --output=/dev/null) >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc -ne 0 ] && [ $rc -lt 124 ] || fail "fio ended with status $rc"
	one_line "$pattern"
}

# Prefix of a command. busybox has its own setpriv, which lacks these options.
as_nobody='/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups'

case_vdpa_permission() {
	chmod 600 "$(vdpa_node sim9)"
	refused ermission "$(vdpa_node sim9)" $as_nobody
	fio_refused ermission "$(vdpa_node sim9)" $as_nobody
}

# Memory shared with a PCI function is locked, and RLIMIT_MEMLOCK limits locked memory. Root may
# exceed the limit. The simulated disk does not lock memory.
too_little='ulimit -l 64; exec "$@"'
limit_said='[0-9]+ KiB.*(RLIMIT_MEMLOCK|ulimit -l)'

case_vdpa_memlock() {
	bind vp-vdpa $disk && add_vdpa vp9 pci/$disk || fail "no device"
	chmod 666 "$(vdpa_node vp9)"
	refused "$limit_said" "$(vdpa_node vp9)" $as_nobody sh -c "$too_little" sh
	vdpa dev del vp9
}

# group FUNCTION: print the device file of its IOMMU group.
group() {
	echo "/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")")"
}

case_vfio_permission() {
	bind vfio-pci $disk || fail "the driver cannot be bound"
	refused "ermission.*$(group $disk)|$(group $disk).*ermission" $disk $as_nobody
}

case_vfio_memlock() {
	bind vfio-pci $disk || fail "the driver cannot be bound"
	chmod 666 "$(group $disk)"
	refused "$limit_said" $disk $as_nobody sh -c "$too_little" sh
}

case_wrong_driver() {
	bind virtio-pci $disk || fail "the driver cannot be bound"
	refused 'virtio-pci.*vfio-pci' $disk
	fio_refused 'virtio-pci.*vfio-pci' $disk
}

case_no_driver() {
	bind virtio-pci $disk || fail "the driver cannot be bound"
	echo $disk >/sys/bus/pci/drivers/virtio-pci/unbind
	refused 'no driver.*vfio-pci' $disk
}

case_not_a_disk() {
	bind vfio-pci 0000:00:14.0 || fail "the driver cannot be bound"
	refused 'block|disk' 0000:00:14.0
}

case_legacy() {
	bind vfio-pci 0000:00:15.0 || fail "the driver cannot be bound"
	refused 'legacy|transitional|VIRTIO 1' 0000:00:15.0
}

case_one_vector() {
	bind vfio-pci 0000:00:1a.0 || fail "the driver cannot be bound"
	refused 'MSI-X|interrupt|vector' 0000:00:1a.0
}

# A device that uses physical memory addresses.
case_no_access_platform() {
	bind vfio-pci 0000:00:1b.0 || fail "the driver cannot be bound"
	refused 'ACCESS_PLATFORM|access_platform' 0000:00:1b.0
}

# Two functions are in one IOMMU group, and one of them is bound to the kernel's driver.
case_shared_group() {
	bind vfio-pci 0000:00:18.0 && bind virtio-pci 0000:00:18.1 || fail "the driver cannot be bound"
	refused '0000:00:18.1' 0000:00:18.0
	bind vfio-pci 0000:00:18.1 || fail "the driver cannot be bound"
	fio_of "external:$engine" --name=twins --filename='0000\:00\:18.0:0000\:00\:18.1' --bs=4k --size=1m --iodepth=8 \
		--rw=randwrite --verify=crc32c
	[ $rc -eq 0 ] || fail "the two functions do not work together: status $rc"
}

# Only two of four queues have an interrupt, and rings have at most 16 entries.
case_little_room() {
	bind vfio-pci 0000:00:19.0 || fail "the driver cannot be bound"
	fio_of "external:$engine" --name=small --filename='0000\:00\:19.0' --bs=4k --size=1m --iodepth=32 --rw=randwrite \
		--verify=crc32c --numjobs=2 --offset_increment=2m
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	start_up "ring of 16, 2 of 2 queues"
	fio_fails '16' --name=large --filename='0000\:00\:19.0' --rw=read --size=1m --vblk_queue_size=64
}

case_no_such_function() {
	refused 'no such|does not exist|not exist|No such' 0000:00:1e.0
}

case_other_char_device() {
	refused 'vhost-vdpa|vblk_transport|socket' /dev/null
}

modprobe -a vhost_vdpa vdpa_sim_blk vp_vdpa vfio_pci vfio_iommu_type1
disk=0000:00:16.0
add_vdpa sim9 vdpasim_blk
kind=vdpa_sim
check "missing permission is reported" case_vdpa_permission
check "a character device of another kind is refused" case_other_char_device
kind=vp_vdpa
check "a too small limit of locked memory is reported" case_vdpa_memlock
kind=vfio
check "missing permission is reported with the IOMMU group" case_vfio_permission
check "a too small limit of locked memory is reported" case_vfio_memlock
check "a function bound to the kernel's driver is refused" case_wrong_driver
check "a function without a driver is refused" case_no_driver
check "a function that is no disk is refused" case_not_a_disk
check "a disk with the legacy interface only is refused" case_legacy
check "a function with too few interrupts is refused" case_one_vector
check "a device that bypasses the IOMMU is refused" case_no_access_platform
check "another function of the IOMMU group is named; both together work" case_shared_group
check "a device with few queues and small rings is used" case_little_room
check "a function that does not exist is refused" case_no_such_function
