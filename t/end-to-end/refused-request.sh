#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An invalid request is refused with an error, and one message gives the reason.
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_qsd a size=16M
for place in "1048577 4096 is.not.aligned.to.the.logical.blocks" "16773120 8192 extends.past.the.end"; do
	# shellcheck disable=SC2086
	set -- $place
	printf 'fio version 2 iolog\n%s add\n%s open\n%s read %s %s\n%s close\n' \
		"$sock" "$sock" "$sock" "$1" "$2" "$sock" >"$dir/log"
	fio_fails "/a.sock: job 'j': request at offset $1 of $2 bytes $3" --name=j \
		--read_iolog="$dir/log"
done
