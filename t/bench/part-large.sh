# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # compare.sh and lib.sh share variables with it
# 1 MiB sequential reads from memory, with plain and huge pages, compared with the copy rate of the same CPU when it
# does nothing else. Sourced by compare.sh.
large_bytes=$((256 * 1024 * 1024))
huge_pages=/proc/sys/vm/nr_hugepages
huge_before=
undo=put_back

part_backends() {
	echo device-ram
}

part_begin() {
	bytes=$large_bytes
	mkfifo "$work/orders"
	start_device --store ram --orders "$work/orders"
	fill
	pages=none
	if [ -w $huge_pages ]; then
		pages="none 2M"
	else
		say "huge pages cannot be reserved without permission: large blocks are measured without them"
	fi
}

# Reserve huge pages during a measurement only, because other tests depend on their number.
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

# order TEXT: send an order to the device and print its answer; return false if the device does not accept the order
order() {
	answers=$(grep -c . "$work/backend.log")
	echo "$1" 1<>"$work/orders"
	waits=600
	until tail -n "+$((answers + 1))" "$work/backend.log" | grep -Fqe "order: $1"; do
		waits=$((waits - 1))
		[ $waits -gt 0 ] || return 1
		sleep 0.1
	done
	tail -n "+$((answers + 1))" "$work/backend.log"
}

# copy PAGES: measure how fast the device copies from the same memory on the same CPU when it does nothing else
copy() {
	page=$1
	order="copy-rate $run_ms"
	[ "$page" = none ] || order="$order $page"
	quietly order "$order"
	rate=$(sed -n 's/^vblk-device: copies \([0-9]*\) bytes a second$/\1/p' "$work/out")
	if [ -n "$rate" ]; then
		figure large "copy-$page" "$rate" "$others"
	else
		say "the device did not report its copy rate: $(cat "$work/out")"
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
			copy "$page"
			for ring in $(rotate "$round" split packed); do
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
