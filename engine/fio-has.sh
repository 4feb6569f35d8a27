#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints which optional features a fio source tree has, as preprocessor flags for engine/compat.h:
# features that are newer than the oldest supported version, or that were added or removed without a
# new FIO_IOOPS_VERSION.
#
#   engine/fio-has.sh DIR
set -eu

# has NAME PATTERN [FILE]
has() {
	if grep -Eq "$2" "$dir/${3:-ioengines.h}"; then
		printf ' -DVBLK_FIO_HAS_%s' "$1"
	fi
}

dir=$1
has ASYNCIO_SETS_ISSUE_TIME FIO_ASYNCIO_SETS_ISSUE_TIME
has FINISH_ZONE '\(\*finish_zone'
has GET_MAX_ACTIVE_ZONES '\(\*get_max_active_zones'
has MAX_RW_BS td_max_rw_bs fio.h
has MOVE_ZONE_WP '\(\*move_zone_wp'
has NUM_RANGE FIO_MULTI_RANGE_TRIM
echo
