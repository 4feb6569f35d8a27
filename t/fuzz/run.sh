#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds a fuzz target with clang's libFuzzer and sanitizers, and runs it on its seeds.
#
#   t/fuzz/run.sh TARGET [libFuzzer option]...	e.g. t/fuzz/run.sh virtq -max_total_time=3600
#
# New inputs go to fuzz-TARGET/ in the current folder, and so does one that fails.
set -eu
target=$1
shift
source=$(cd "$(dirname "$0")/../.." && pwd)
case $target in
virtq)
	files="$source/virtq/*.c"
	longest=800
	;;
vhost-user)
	files="$source/virtq/*.c $(find "$source/vhost/blk" "$source/vhost/transport" -name '*.c')"
	longest=2000
	;;
*)
	echo "no fuzz target '$target'" >&2
	exit 2
	;;
esac
mkdir -p "fuzz-$target"
# shellcheck disable=SC2086
clang -std=gnu11 -D_GNU_SOURCE -I"$source" -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined "$source/t/fuzz/$target.c" $files -o "fuzz-$target/fuzz"
exec "fuzz-$target/fuzz" -max_len="$longest" -artifact_prefix="fuzz-$target/" "$@" "fuzz-$target" \
	"$source/t/fuzz/seeds/$target"
