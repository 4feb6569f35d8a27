#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compares the engine with others on the same back-ends: make bench-compare. README.md beside this file says how to
# read what comes out. Everything is set by variables:
#
# FIO         the fio to measure with (fio); its libblkio engine takes part if it has one
# FIO_SRC     its configured source tree, if it is not the fio this tree was configured for: the engine is built for it
# ENGINE      an engine that is built already
# BACKENDS    device-null device-ram qsd-null qsd-file
# VARIANTS    what is compared; lib.sh lists the names
# REFERENCE   the variant that ratios are given against (null)
# DEPTHS      1 2 4 8 16 32 64 128
# BATCH_MAX   requests submitted and reaped at a time, at most and at most half the depth (32)
# ROUNDS      5
# RUN_SECONDS how long each run takes (1); SECONDS= on the make line
# CPUS        two of them: fio's and the back-end's (the first two)
# PARTS       depth large queues setup cpu calls: what is measured
# OUT         where to (bench-out)
# QUIET       per cent of a CPU that anybody else may take during a run (5); with more it is repeated,
# TRIES       but done so many times at most (5)
# LOCK        a file to hold an exclusive lock on while something is measured
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$PWD
bench=$srcdir/t/bench
. "$srcdir/t/back-ends.sh"
. "$bench/lib.sh"

FIO=$(command -v "${FIO:-fio}") || { echo "bench: there is no fio" >&2; exit 1; }
FIO_SRC=${FIO_SRC:-}
ENGINE=${ENGINE:-}
BACKENDS=${BACKENDS:-device-null device-ram qsd-null qsd-file}
VARIANTS=${VARIANTS:-null split-spin split-spin-direct packed-spin packed-spin-direct split-hybrid split-block default
	blkio-loop blkio-block kernel-io_uring kernel-libaio}
REFERENCE=${REFERENCE:-null}
DEPTHS=${DEPTHS:-1 2 4 8 16 32 64 128}
BATCH_MAX=${BATCH_MAX:-32}
ROUNDS=${ROUNDS:-5}
RUN_SECONDS=${RUN_SECONDS:-1}
CPUS=${CPUS:-$(allowed_cpus)}
PARTS=${PARTS:-depth large queues setup cpu calls}
OUT=${OUT:-bench-out}
LOCK=${LOCK:-}
QUIET=${QUIET:-5}
TRIES=${TRIES:-5}

run_ms=$(awk -v s="$RUN_SECONDS" 'BEGIN { printf "%d", s * 1000 }')

served_by=
undo=:
hz=$(getconf CLK_TCK)
all_bytes=$((1024 * 1024 * 1024))
bytes=$all_bytes
fio_cpu=${CPUS%% *}
device_cpu=${CPUS##* }
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX") || exit 1
trap 'status=$?; trap - EXIT INT TERM; cleanup; rm -rf "$work"; exit $status' EXIT
trap 'exit 1' INT TERM
# Whatever ends it: what was reserved is put back, and nothing is left running, stopped or not.
cleanup() {
	$undo
	[ -n "$served_by" ] || return
	kill -TERM "$served_by" 2>/dev/null
	kill -CONT "$served_by" 2>/dev/null
	wait "$served_by"
}
mkdir -p "$OUT" || exit 1
OUT=$(cd "$OUT" && pwd)
runs=$work/runs
: >"$runs"
[ -z "$LOCK" ] || exec 9>"$LOCK"

for tool in jq taskset gnuplot; do
	command -v $tool >/dev/null || die "$tool is not installed"
done
# number NAME VALUE: it is one, and not 0
number() {
	case $2 in
	'' | *[!0-9]* | 0) die "$1='$2' is not a number above 0" ;;
	esac
}
number ROUNDS "$ROUNDS"
number BATCH_MAX "$BATCH_MAX"
number TRIES "$TRIES"
for depth in $DEPTHS; do
	number DEPTHS "$depth"
done
number RUN_SECONDS "$run_ms"
for part in $PARTS; do
	[ -e "$bench/part-$part.sh" ] || die "there is no part $part"
done
for variant in $VARIANTS; do
	variant_known "$variant" || die "there is no variant $variant"
done
if [ "$fio_cpu" = "$device_cpu" ] || ! taskset -c "$device_cpu" true || ! taskset -c "$fio_cpu" true; then
	die "CPUS='$CPUS': two CPUs are wanted, one for fio and one for the back-end"
fi

# The engine for this fio: as this tree has it, or built for the purpose.
build_engine() {
	[ -n "$FIO_SRC" ] || { ENGINE=$builddir/engine/.libs/libfio_vblk.so; return; }
	say "building the engine for $("$FIO" --version)"
	ENGINE=$OUT/libfio_vblk.so
	make engine-for-fio FIO_DIR="$FIO_SRC" OUT="$ENGINE" >"$OUT/engine.log" 2>&1 ||
		die "the engine does not build for it: see $OUT/engine.log"
}
[ -n "$ENGINE" ] || build_engine
ENGINE=$(realpath "$ENGINE")
"$FIO" --enghelp="$ENGINE" >/dev/null 2>&1 || die "$ENGINE is not for $FIO: name its source tree with FIO_SRC="
with_blkio=0 BLKIO=
if has_blkio; then
	with_blkio=1
	BLKIO=$(ldd "$FIO" | sed -n 's/.*libblkio.* => \([^ ]*\) .*/\1/p')
	BLKIO=$(basename "$(realpath "$BLKIO")" | sed 's/.*\.so\.//')
fi

round=0
for part in $PARTS; do
	# shellcheck source=/dev/null
	. "$bench/part-$part.sh"
	for backend in $(part_backends); do
		can_serve "$backend" || continue
		part_begin
		round=1
		while [ $round -le "$ROUNDS" ]; do
			part_round
			round=$((round + 1))
		done
		part_end
	done
done

export srcdir FIO BLKIO CPUS ROUNDS RUN_SECONDS BATCH_MAX
sh "$bench/environment.sh" >"$work/environment"
jq -s -L "$bench" --slurpfile environment "$work/environment" --arg reference "$REFERENCE" --argjson quiet "$QUIET" \
	-f "$bench/summary.jq" "$runs" \
	>"$OUT/compare.json" || die "no summary"
sh "$bench/report.sh" "$OUT/compare.json" | tee "$OUT/compare.txt"
sh "$bench/plot.sh" "$OUT/compare.json" "$OUT" || exit
# A missed target is a result; a run that failed is not.
[ "$(jq '.failed | length' "$OUT/compare.json")" = 0 ]
