# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What a user is told who cannot have a device: one line each, with what to do about it.
# shellcheck disable=SC2086 # $as_nobody is several words
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh

# refused PATTERN PATH [COMMAND]...: vblk-info says one line about it that matches.
refused() {
	pattern=$1
	path=$2
	shift 2
	rc=0
	timeout -k 5 30 "$@" ./vblk-info "$path" >"$dir/out" 2>"$dir/err" || rc=$?
	[ $rc -eq 1 ] || fail "vblk-info ended with status $rc, not 1"
	[ "$(wc -l <"$dir/err")" = 1 ] || fail "vblk-info said something else than one line"
	line "^vblk: $path: .*($pattern)"
}

# fio_refused PATTERN PATH [COMMAND]...: so does the engine, and fio fails.
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

# In front of a command. (busybox has a setpriv of its own, which cannot.)
as_nobody='/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups'

case_vdpa_permission() {
	chmod 600 "$(vdpa_node sim9)"
	refused ermission "$(vdpa_node sim9)" $as_nobody
	fio_refused ermission "$(vdpa_node sim9)" $as_nobody
}

# What is shared with a PCI function is locked, for which there is a limit; root may raise it. The simulated disk needs
# none.
too_little='ulimit -l 64; exec "$@"'
limit_said='[0-9]+ KiB.*(RLIMIT_MEMLOCK|ulimit -l)'

case_vdpa_memlock() {
	bind vp-vdpa $disk && add_vdpa vp9 pci/$disk || fail "no device"
	chmod 666 "$(vdpa_node vp9)"
	refused "$limit_said" "$(vdpa_node vp9)" $as_nobody sh -c "$too_little" sh
	vdpa dev del vp9
}

# group FUNCTION: its group's file
group() {
	echo "/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")")"
}

case_vfio_permission() {
	bind vfio-pci $disk || fail "not bound"
	refused "ermission.*$(group $disk)|$(group $disk).*ermission" $disk $as_nobody
}

case_vfio_memlock() {
	bind vfio-pci $disk || fail "not bound"
	chmod 666 "$(group $disk)"
	refused "$limit_said" $disk $as_nobody sh -c "$too_little" sh
}

case_wrong_driver() {
	bind virtio-pci $disk || fail "not bound"
	refused 'virtio-pci.*vfio-pci' $disk
	fio_refused 'virtio-pci.*vfio-pci' $disk
}

case_no_driver() {
	bind virtio-pci $disk || fail "not bound"
	echo $disk >/sys/bus/pci/drivers/virtio-pci/unbind
	refused 'no driver.*vfio-pci' $disk
}

case_not_a_disk() {
	bind vfio-pci 0000:00:14.0 || fail "not bound"
	refused 'block|disk' 0000:00:14.0
}

case_legacy() {
	bind vfio-pci 0000:00:15.0 || fail "not bound"
	refused 'legacy|transitional|VIRTIO 1' 0000:00:15.0
}

case_one_vector() {
	bind vfio-pci 0000:00:1a.0 || fail "not bound"
	refused 'MSI-X|interrupt|vector' 0000:00:1a.0
}

# A device that wants the addresses of memory as the machine has them
case_no_access_platform() {
	bind vfio-pci 0000:00:1b.0 || fail "not bound"
	refused 'ACCESS_PLATFORM|access_platform' 0000:00:1b.0
}

# Of two functions that the IOMMU cannot tell apart, the kernel's driver has one.
case_shared_group() {
	bind vfio-pci 0000:00:18.0 && bind virtio-pci 0000:00:18.1 || fail "not bound"
	refused '0000:00:18.1' 0000:00:18.0
	bind vfio-pci 0000:00:18.1 || fail "not bound"
	fio_of "external:$engine" --name=twins --filename='0000\:00\:18.0:0000\:00\:18.1' --bs=4k --size=1m --iodepth=8 \
		--rw=randwrite --verify=crc32c
	[ $rc -eq 0 ] || fail "both together do not work: status $rc"
}

# Two of four queues have an interrupt, and none has room for more than 16.
case_little_room() {
	bind vfio-pci 0000:00:19.0 || fail "not bound"
	fio_of "external:$engine" --name=small --filename='0000\:00\:19.0' --bs=4k --size=1m --iodepth=32 --rw=randwrite \
		--verify=crc32c --numjobs=2 --offset_increment=2m
	[ $rc -eq 0 ] || fail "status $rc"
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
check "missing permission is said" case_vdpa_permission
check "a character device of another kind is refused" case_other_char_device
kind=vp_vdpa
check "too small a limit of locked memory is said" case_vdpa_memlock
kind=vfio
check "missing permission is said, and for which group" case_vfio_permission
check "too small a limit of locked memory is said" case_vfio_memlock
check "the kernel's driver on the function is named" case_wrong_driver
check "a function without a driver is refused" case_no_driver
check "a function that is no disk is refused" case_not_a_disk
check "a disk with the legacy interface alone is refused" case_legacy
check "a function with too few interrupts is refused" case_one_vector
check "a device that bypasses the IOMMU is refused" case_no_access_platform
check "who is in the way in a group is said; together they work" case_shared_group
check "a small device's queues and rings are what is used" case_little_room
check "a function that does not exist is refused" case_no_such_function
