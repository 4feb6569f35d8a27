# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# 1 MiB sequential reads from memory, with plain pages and huge ones, beside what this CPU copies at when it does
# nothing else. Sourced by compare.sh.
large_bytes=$((256 * 1024 * 1024))
block=$((1024 * 1024))
huge_pages=/proc/sys/vm/nr_hugepages
huge_before=
undo=put_back

part_backends() {
	echo device-ram
}

part_begin() {
	bytes=$large_bytes
	start_backend device-ram
	pages=none
	if [ -w $huge_pages ]; then
		pages="none 2M"
	else
		say "not allowed to reserve huge pages: measured without"
	fi
}

# Huge pages are there only while they are measured: the others' tests look at them, too.
reserve() {
	[ "$pages" != none ] || return 0
	exec 8>"${TMPDIR:-/tmp}/vblk-hugepages.lock"
	flock 8
	huge_before=$(cat $huge_pages)
	echo $((huge_before + 32)) >$huge_pages
}

put_back() {
	[ -n "$huge_before" ] || return 0
	echo "$huge_before" >$huge_pages
	huge_before=
	flock -u 8
}

# The device has this CPU to itself, unless it is stopped.
copy() {
	kill -STOP $served_by
	quietly taskset -c "$device_cpu" "$builddir/t/bench/copy-rate" "$1" "$bytes" $block "$DEPTH" "$run_ms"
	kill -CONT $served_by
	if [ "$status" -eq 0 ]; then
		figure large "copy-$1" "$(cat "$work/out")" "$others"
	else
		say "copy-rate: $(cat "$work/said")"
	fi
}

part_round() {
	say "large blocks: round $round of $ROUNDS"
	quiet_begin
	reserve
	for DEPTH in 1 4; do
		BATCH=1
		for page in $pages; do
			case $page in
			none) size=small ;;
			2M) size=huge ;;
			esac
			copy $page
			for ring in $(rotate $round split packed); do
				run large "$ring-spin-$size" large.fio
			done
		done
	done
	put_back
	quiet_end
}

part_end() {
	stop_backend
	bytes=$all_bytes
}
