#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Draw the results of compare.sh: plot.sh COMPARE.JSON DIR writes DIR/BACKEND.svg for every back-end, with IOPS and
# latency over queue depth.
set -eu
json=$1 out=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/plot.XXXXXX")
trap 'rm -rf "$work"' EXIT

for backend in $(jq -r '[.groups[] | select(.part == "depth") | .backend] | unique[]' "$json"); do
	variants=$(jq -r --arg b "$backend" \
		'[.groups[] | select(.part == "depth" and .backend == $b) | .variant] | unique[]' "$json")
	iops='' p50='' p99=''
	n=0
	for variant in $variants; do
		n=$((n + 1))
		jq -r --arg b "$backend" --arg v "$variant" '[.groups[]
			| select(.part == "depth" and .backend == $b and .variant == $v)] | sort_by(.depth)[]
			| [.depth, .iops.median / 1e6, .iops.min / 1e6, .iops.max / 1e6, .p50_ns.median / 1e3, .p99_ns.median / 1e3]
			| @tsv' "$json" >"$work/$variant"
		title=$(echo "$variant" | sed 's/_/\\\\_/g')
		iops="$iops${iops:+, }'$work/$variant' using 1:2:3:4 with yerrorlines pointsize 0.5 linetype $n title \"$title\""
		p50="$p50${p50:+, }'$work/$variant' using 1:5 with linespoints pointsize 0.5 linetype $n title \"$title\""
		p99="$p99${p99:+, }'$work/$variant' using 1:6 with linespoints pointsize 0.5 linetype $n notitle"
	done
	depths=$(jq -r --arg b "$backend" \
		'[.groups[] | select(.part == "depth" and .backend == $b) | .depth] | unique | map(tostring) | join(", ")' "$json")
	subtitle=$(jq -r '.environment | "\(.machine.cpu), \(.machine.cores) CPUs; \(.versions.fio); \(.date | .[0:10])"' "$json")
	gnuplot <<-EOF
		set terminal svg size 1300,520 dynamic background rgb 'white' font 'sans,11'
		set output '$out/$backend.svg'
		set multiplot layout 1,3 title "$backend: 4 KiB random reads, medians. $subtitle"
		set logscale x 2
		set xlabel 'queue depth'
		set xtics ($depths)
		set xrange [${depths%%,*} * 0.8 : ${depths##*, } * 1.25]
		set grid
		set yrange [0:*]
		set key off
		set title 'million IOPS (bars: minimum and maximum)'
		plot $iops
		set logscale y
		set yrange [*:*]
		set title 'completion latency, p50, us'
		set key left top Left reverse
		plot $p50
		set key off
		set title 'completion latency, p99, us'
		plot $p99
		unset multiplot
	EOF
done
