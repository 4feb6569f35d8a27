#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs fio on a real vhost-user-blk device, from a fresh checkout: writes, reads back and verifies
# data. Installs missing packages, builds the engine, starts qemu-storage-daemon with two scratch
# disks, runs the job files, and stops qemu-storage-daemon. The tree stays built.
#
#   examples/quickstart.sh [JOBFILE...]	default: examples/verify.fio
set -eu
cd "$(dirname "$0")/.."
. t/setup.sh

# shellcheck disable=SC2086
need_packages $packages_run
# shellcheck disable=SC2086
build_tree ${CONFIGURE_FLAGS:-}

# Job files name the disks by these sockets, relative to the top of the tree.
dir=quickstart
mkdir -p $dir
rm -f $dir/disk0.sock $dir/disk1.sock
truncate -s 256M $dir/disk0.raw $dir/disk1.raw

set_export() {
	echo "--blockdev driver=file,node-name=$1,filename=$dir/$1.raw,discard=unmap
		--export vhost-user-blk,id=$1,node-name=$1,addr.type=unix,addr.path=$dir/$1.sock,writable=on,num-queues=4"
}
# shellcheck disable=SC2046
qemu-storage-daemon $(set_export disk0) $(set_export disk1) &
daemon=$!
trap 'kill $daemon 2>/dev/null; wait $daemon 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

tries=0
while [ ! -S $dir/disk0.sock ] || [ ! -S $dir/disk1.sock ]; do
	kill -0 $daemon 2>/dev/null || { echo "qemu-storage-daemon did not start" >&2; exit 1; }
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { echo "qemu-storage-daemon does not listen" >&2; exit 1; }
	sleep 0.1
done

[ $# -gt 0 ] || set -- examples/verify.fio
for job; do
	fio --eta=always --aux-path=$dir "$job"
done
