#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# --delay-us: the test device completes each request that long after it took the request, with
# several requests in parallel, whether the device polls or sleeps. For a range of delays, the
# device draws a random delay for each request.
# sanitizers: no (it is about time)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
for how in "packed" "split --poll" "packed --threads" "split --inflight"; do
	# shellcheck disable=SC2086
	set -- $how
	ring=$1
	shift
	start_device a --delay-us 300000 "$@"
	fio_ok --name=j --rw=randread --bs=4k --size=32k --iodepth=8 --vblk_ring="$ring" --output-format=json \
		--filename="$sock"
	least=$(json '.jobs[0].read.clat_ns.min')
	most=$(json '.jobs[0].read.clat_ns.max')
	[ "$least" -ge 300000000 ] || fail "$how: a request took $least ns"
	# One after another, they would take 2.4 s.
	[ "$most" -lt 1500000000 ] || fail "$how: one of eight took $most ns"
	stop_device
done

start_device a --delay-us 1000-200000
fio_ok --name=j --rw=randread --bs=4k --size=128k --iodepth=32 --output-format=json --filename="$sock"
[ "$(json '.jobs[0].read.clat_ns.min >= 1000000')" = true ] || fail "a request completed before the shortest delay"
[ "$(json '.jobs[0].read.clat_ns.max >= 100000000')" = true ] || fail "no delay is in the upper half of the range"
[ "$(json '.jobs[0].read.clat_ns.min < 100000000')" = true ] || fail "no delay is in the lower half of the range"
stop_device

for wrong in 5-1 x 5- -5 ''; do
	"$builddir/t/vblk-device/vblk-device" --socket "$dir/b.sock" --delay-us "$wrong" >"$dir/out" 2>"$dir/err" &&
		fail "--delay-us '$wrong' was accepted"
	expect_line 'delay-us.*expected a number' "$dir/err"
done
