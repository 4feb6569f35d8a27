#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A request for more queues than vhost-user supports is refused with this limit, not with advice to
# give the back-end more queues.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --queues 4
job="--rw=read --bs=4k --size=64k --filename=$sock"
# shellcheck disable=SC2086
fio_fails "$sock: the jobs that can run at the same time need 257 queues, but vhost-user has 256 at most; separate" $job \
	--name=j --numjobs=257 --vblk_share=0
# shellcheck disable=SC2086
fio_fails "$sock: vblk_queues=257, but vhost-user has 256 queues at most" $job --name=j --vblk_queues=257
# shellcheck disable=SC2086
fio_fails "$sock: job 'j' has vblk_queue=256, but vhost-user has 256 queues at most" $job --name=j --vblk_queue=256
# shellcheck disable=SC2086
fio_fails "$sock: vblk_queues=256, but the device has 4" $job --name=j --vblk_queues=256
stop_fake
