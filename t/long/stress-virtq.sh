#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Driver and device in two threads, both sleeping when idle: no wake-up is lost (RING-7, SPLIT-6, PACK-7), and no
# request completes twice, in every combination of layout and features.
. "${srcdir:-.}/t/end-to-end/lib.sh"

for layout in split packed; do
	for event_idx in '' event_idx; do
		for indirect in '' indirect; do
			for in_order in '' in_order; do
				features="$layout $event_idx $indirect $in_order"
				# shellcheck disable=SC2086
				timeout "${STRESS_SECONDS:-120}" "$builddir/t/long/stress-virtq" $features \
					"${STRESS_REQUESTS:-150000}" || fail "$features"
			done
		done
	done
done
