# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # what cases.sh reads
# vhost-vdpa with VDUSE: disks that qemu-storage-daemon serves from files.
# shellcheck source=t/vm/guest/lib.sh
. /guest/lib.sh
# shellcheck source=t/vm/guest/cases.sh
. /guest/cases.sh

kind=vduse transport=vhost-vdpa queues=2 layouts=split store=/tmp/vduse0.img

# start_vduse NAME...: start one daemon for these disks. Sets $daemon.
start_vduse() {
	nodes=
	for name; do
		truncate -s 64M "/tmp/$name.img"
		nodes="$nodes --blockdev driver=file,node-name=$name,filename=/tmp/$name.img,discard=unmap
			--export type=vduse-blk,id=$name,node-name=$name,name=$name,num-queues=2,queue-size=256,writable=on"
	done
	# shellcheck disable=SC2086
	qemu-storage-daemon $nodes &
	daemon=$!
	for name; do
		wait_until 10 test -c "/dev/vduse/$name" && add_vdpa "$name" vduse || return
	done
}

find_device() {
	device=$(vdpa_node vduse0)
	device2=$(vdpa_node vduse1)
	[ -c "$device" ]
}

# The daemon stores the data in a file, which is always accessible.
plain() {
	[ -e "$store" ]
}

# impatient NAME: let the kernel wait only 3 s instead of 30 s for replies of the daemon, for
# example to a reset.
impatient() {
	echo 3 >"/sys/class/vduse/$1/msg_timeout"
}

case_daemon_killed() {
	start_vduse vduse2 || fail "cannot create the third disk"
	device=$(vdpa_node vduse2)
	impatient vduse2
	start_fio "$(target)" --name=orphan --runtime=60 --vblk_io_timeout=4s
	kill -KILL $daemon
	ends_with_error 40 "^vblk: $device: "
}

# A device reset with requests in flight may crash the daemon (an assertion in the library of QEMU
# 7.2), so this check uses its own daemon.
case_daemon_resets() {
	start_vduse vduse3 || fail "cannot create the fourth disk"
	device=$(vdpa_node vduse3)
	impatient vduse3
	start_fio "$(target)" --name=first --runtime=60
	timeout 40 vdpa dev del vduse3 &
	remover=$!
	ends_with_error 30 "^vblk: $device: device was removed"
	wait $remover || fail "the device was not removed"
	kill $daemon 2>/dev/null
	true
}

modprobe -a vhost_vdpa vduse
start_vduse vduse0 vduse1 || echo "FAIL: $kind: the disks are created"
check_cases
check_device "trim by discard" case_trim discard
check "a device removed during I/O ends the job with an error" case_daemon_resets
check "a daemon killed during I/O ends the job with an error" case_daemon_killed
