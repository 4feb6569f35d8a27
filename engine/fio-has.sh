#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a fio source tree has that came later than the oldest version that is supported, or came and went without
# another FIO_IOOPS_VERSION: as flags of the preprocessor, for engine/compat.h.
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
