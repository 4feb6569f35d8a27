#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs a fuzz target on its seeds, in the tree that it was built in (make t/fuzz/TARGET).
#
#   t/fuzz/run.sh TARGET [libFuzzer option]...	e.g. t/fuzz/run.sh virtq -max_total_time=3600
#
# New inputs go to fuzz-TARGET/, in the current folder or in FUZZ_OUT, and so does one that fails.
set -eu
target=$1
shift
source=$(cd "$(dirname "$0")/../.." && pwd)
case $target in
virtq) longest=800 ;;
vhost-user) longest=2000 ;;
*)
	echo "no fuzz target '$target'" >&2
	exit 2
	;;
esac
inputs=${FUZZ_OUT:-.}/fuzz-$target
mkdir -p "$inputs"
exec "t/fuzz/$target" -max_len="$longest" -artifact_prefix="$inputs/" "$@" "$inputs" "$source/t/fuzz/seeds/$target"
