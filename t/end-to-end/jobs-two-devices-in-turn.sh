#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If both devices of a job have completions ready, no device has priority: fio, which takes one
# completion at a time, gets them alternately.
. "${srcdir:-.}/t/end-to-end/lib.sh"

# order_of_completion: print the name of the device (one letter) of each of the first eight
# completions.
order_of_completion() {
	sed -n 's|^io .* complete: .*/\([ab]\)\.sock.*|\1|p' "$dir/out" | head -n 8 | tr -d "\n"
}

attempts=5
while :; do
	for name in b a; do
		set --
		for n in 1 2 3 4; do
			set -- "$@" --order "delay=1000 $n read"
		done
		start_device $name "$@"
		eval "$name=\$device"
	done
	# Eight reads are sent together, then eight more one by one. The first eight are all
	# complete when fio checks again.
	start_fio --thread --debug=io --name=j --rw=read --bs=4k --size=64k --nrfiles=2 --file_service_type=roundrobin \
		--iodepth=8 --iodepth_batch=8 --vblk_wait=block --filename="$dir/a.sock:$dir/b.sock"
	nap 600
	kill -STOP "$fio"
	nap 1200
	kill -CONT "$fio"
	finish_fio 20
	[ $rc -eq 0 ] || fail "fio ended with status $rc"
	expect_line '^io ' "$dir/out"
	case $(order_of_completion) in
	abababab | babababa) break ;;
	esac
	# On a slow machine the completions may have arrived one by one; try again.
	attempts=$((attempts - 1))
	[ $attempts -gt 0 ] || fail "the completions came as $(order_of_completion)"
	# shellcheck disable=SC2154
	for device in $a $b; do
		stop_device
	done
	rm -f "$dir/a.sock" "$dir/b.sock"
done
