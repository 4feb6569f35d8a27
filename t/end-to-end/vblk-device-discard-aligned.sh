#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The ranges of an aligned trim start and end on the device's discard alignment (REQ-5), even if
# max_discard_sectors is not a multiple of it.
# sanitizers: no (it tests the test device)
. "${srcdir:-.}/t/end-to-end/lib.sh"

make_image "$dir/a.img" 1048576
start_file_device a 1M --max-discard-sectors 12 --discard-alignment 8 --strict-alignment
fio_ok --name=t --rw=trim --bs=64k --size=512k --filename="$sock"
zero_range "$img" 0 524288 || fail "the range does not read as zero"
stop_device
# An unaligned trim is sent as the job issued it.
start_file_device a 1M --max-discard-sectors 12 --discard-alignment 8
fio_ok --name=t --rw=trim --bs=2k --size=64k --offset=512k --filename="$sock"
zero_range "$img" 524288 65536 || fail "the unaligned range does not read as zero"
stop_device
