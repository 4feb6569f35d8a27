#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compare the engine with other ioengines on the same back-ends: make bench-compare. README.md in this directory
# explains the results. All settings are variables:
#
# FIO         fio to measure with (fio); its libblkio ioengine takes part if fio has one
# FIO_SRC     source tree of FIO, configured; needed if the engine was built for another fio
# ENGINE      engine that is built already
# BACKENDS    device-null device-ram qsd-null qsd-file
# VARIANTS    variants to compare; lib.sh lists the names
# REFERENCE   variant that the ratios refer to (null)
# DEPTHS      1 2 4 8 16 32 64 128
# BATCH_MAX   largest number of requests submitted and reaped at a time (32); never more than half the depth
# ROUNDS      number of rounds (5)
# RUN_SECONDS duration of a run (1); SECONDS= on the make line
# CPUS        two CPUs, for fio and for the back-end (the first two)
# PARTS       depth large queues setup cpu calls: the parts to measure
# OUT         output directory (bench-out)
# QUIET       per cent of a CPU that other processes may take during a run (5); a run with more is repeated
# TRIES       largest number of tries of a run (5)
# LOCK        file to lock exclusively during measurements
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$PWD
bench=$srcdir/t/bench
. "$srcdir/t/back-ends.sh"
. "$bench/lib.sh"

FIO=$(command -v "${FIO:-fio}") || { echo "bench: ${FIO:-fio} is not found" >&2; exit 1; }
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
# On exit, release reserved huge pages, and end the back-end, even a stopped one.
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
# number NAME VALUE: fail unless the value is a number above 0
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
	[ -e "$bench/part-$part.sh" ] || die "PARTS: '$part' is unknown"
done
for variant in $VARIANTS; do
	variant_known "$variant" || die "VARIANTS: '$variant' is unknown"
done
if [ "$fio_cpu" = "$device_cpu" ] || ! taskset -c "$device_cpu" true || ! taskset -c "$fio_cpu" true; then
	die "CPUS='$CPUS': two usable CPUs are needed, one for fio and one for the back-end"
fi

# Use the engine of this tree, or build one for FIO_SRC.
build_engine() {
	[ -n "$FIO_SRC" ] || { ENGINE=$builddir/engine/.libs/libfio_vblk.so; return; }
	say "building the engine for $("$FIO" --version)"
	ENGINE=$OUT/libfio_vblk.so
	make engine-for-fio FIO_DIR="$FIO_SRC" OUT="$ENGINE" >"$OUT/engine.log" 2>&1 ||
		die "the engine for $FIO cannot be built: see $OUT/engine.log"
}
[ -n "$ENGINE" ] || build_engine
ENGINE=$(realpath "$ENGINE")
"$FIO" --enghelp="$ENGINE" >/dev/null 2>&1 || die "$ENGINE was not built for $FIO: set FIO_SRC= to the source tree of that fio"
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
	>"$OUT/compare.json" || die "the runs cannot be summarised"
sh "$bench/report.sh" "$OUT/compare.json" | tee "$OUT/compare.txt"
sh "$bench/plot.sh" "$OUT/compare.json" "$OUT" || exit
# A missed target is a result, not a failure; a failed run is a failure.
[ "$(jq '.failed | length' "$OUT/compare.json")" = 0 ]
