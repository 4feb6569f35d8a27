#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vblk_share= chooses whether jobs share queues: auto only if there are fewer queues than jobs, 1 always,
# on vblk_queues= queues, and 0 never. Jobs are spread evenly, in job order, and several jobs can be pinned
# to one queue. The line at the start shows how many jobs use how many queues.
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
start_fake a --queues 4 --log-requests
job="--rw=read --bs=4k --size=64k --filename=$sock --vblk_stats=$dir/stats --name=j"
# jobs_of OPTION...: run the jobs; print how many jobs each queue had
jobs_of() {
	rm -f "$dir/stats"
	# shellcheck disable=SC2086
	fio_ok $job "$@" >&2
	queue_stats | jq -cs 'map(.queue) | group_by(.) | map(length)'
}

# expect_jobs COUNTS LINE OPTION...
expect_jobs() {
	counts=$1 line=$2
	shift 2
	got=$(jobs_of "$@")
	[ "$got" = "$counts" ] || fail "$*: jobs on each queue: $got instead of $counts"
	expect_line "$line" "$dir/out"
}

expect_jobs '[1,1,1,1]' 'ring of [0-9]+, 4 of 4 queues' --numjobs=4
expect_jobs '[2,2,1,1]' '6 jobs on 4 of 4 queues' --numjobs=6
expect_jobs '[2,2]' '4 jobs on 2 of 4 queues' --numjobs=4 --vblk_queues=2
expect_jobs '[3]' '3 jobs on 1 of 4 queues' --numjobs=3 --vblk_share=1
expect_jobs '[2,2]' '4 jobs on 2 of 4 queues' --numjobs=4 --vblk_share=1 --vblk_queues=2
expect_jobs '[3]' '3 jobs on 3 of 4 queues' --numjobs=3 --vblk_queue=2
[ "$(queue_stats | jq -cs 'map(.queue) | unique')" = '[2]' ] || fail "the jobs did not use queue 2"
expect_line '"record":"start".*"jobs":3,"queues":3' "$dir/stats"
# Jobs that cannot run at the same time do not share.
expect_jobs '[5]' 'ring of [0-9]+, 1 of 4 queues' --numjobs=1 --name=k --stonewall --rw=read --bs=4k --size=64k --filename="$sock" \
	--vblk_stats="$dir/stats" --name=l --stonewall --rw=read --bs=4k --size=64k --filename="$sock" --vblk_stats="$dir/stats" \
	--name=m --stonewall --rw=read --bs=4k --size=64k --filename="$sock" --vblk_stats="$dir/stats" \
	--name=n --stonewall --rw=read --bs=4k --size=64k --filename="$sock" --vblk_stats="$dir/stats"
# shellcheck disable=SC2086
fio_fails "need 5 queues, but the device has 4" $job --numjobs=5 --vblk_share=0
# shellcheck disable=SC2086
fio_fails "jobs 'j' and 'k' have different values of vblk_share" $job --name=k --vblk_share=1 --rw=read --bs=4k --size=64k \
	--filename="$sock"
stop_fake
