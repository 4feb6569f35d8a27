#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The instructions that a request costs in the driver's ring code, counted by callgrind (the counts repeat exactly): one
# line per figure, the larger one of direct and indirect descriptors, with the figure of the Rust crate virtio-driver;
# then all figures as a table.
#
#   t/bench/ring-cost.sh [PROGRAM]        default: t/bench/ring-cost in the current directory
set -eu
program=${1:-t/bench/ring-cost}
work=$(mktemp -d "${TMPDIR:-/tmp}/ring-cost.XXXXXX")
trap 'rm -rf "$work"' EXIT

# count LAYOUT DESCRIPTORS BATCH: print the instructions per request, in tenths
count() {
	requests=$(($3 * 1000))
	valgrind --tool=callgrind --toggle-collect='driver_*' \
		--callgrind-out-file="$work/out" "$program" "$1" "$2" "$3" $requests \
		>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	total=$(sed -n 's/^\(summary\|totals\): //p' "$work/out" | tail -n 1)
	echo $((total * 10 / requests))
}

for layout in split packed; do
	for batch in 32 1; do
		case $layout-$batch in
		split-32) seed=309 ;;
		split-1) seed=370 ;;
		packed-32) seed=431 ;;
		packed-1) seed=508 ;;
		esac
		direct=$(count $layout direct $batch)
		indirect=$(count $layout indirect $batch)
		most=$direct
		[ "$indirect" -le "$most" ] || most=$indirect
		echo "$layout batch=$batch instructions=$(((most + 9) / 10)) seed=$seed"
		echo "$layout $batch $direct $indirect $seed" >>"$work/table"
	done
done
echo
printf '%-8s %6s %10s %10s %22s\n' ring batch direct indirect 'crate virtio-driver'
while read -r layout batch direct indirect seed; do
	printf '%-8s %6s %8d.%d %8d.%d %22s\n' "$layout" "$batch" \
		$((direct / 10)) $((direct % 10)) $((indirect / 10)) $((indirect % 10)) "$seed"
done <"$work/table"
