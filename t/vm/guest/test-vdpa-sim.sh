# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # what cases.sh reads
# vhost-vdpa with the kernel's simulated disk: one queue, 128 MiB.
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh
# shellcheck source=t/vm/guest/cases.sh
. /guest/cases.sh

kind=vdpa_sim transport=vhost-vdpa queues=1 layouts=split

find_device() {
	device=$(vdpa_node sim0)
	device2=$(vdpa_node sim1)
	[ -c "$device" ]
}

plain() {
	if [ "$1" = on ]; then
		vdpa_driver virtio_vdpa sim0 && block_device /sys/bus/vdpa/devices/sim0
	else
		vdpa_driver vhost_vdpa sim0 && wait_until 10 test -c "$(vdpa_node sim0)" && find_device
	fi
}

case_too_many_jobs() {
	# shellcheck disable=SC2086
	fio_fails 'need 2 queues.* has 1' $small "$(target)" --rw=read --numjobs=2 --vblk_share=0
}

modprobe -a vhost_vdpa virtio_vdpa virtio_blk vdpa_sim_blk
add_vdpa sim0 vdpasim_blk && add_vdpa sim1 vdpasim_blk || echo "FAIL: $kind: the disks are created"
check_cases
check_device "more jobs than queues are refused" case_too_many_jobs
check_device "a killed run leaves the device usable" case_run_killed
check_device "a device removed during I/O ends the job with an error" case_removed sim0 add_vdpa sim0 vdpasim_blk
