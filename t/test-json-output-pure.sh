#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# With a machine-readable report, standard output is that report and nothing else; what was agreed on goes to stderr.
. "${srcdir:-.}/t/lib.sh"

need jq
start_qsd a
for format in json json+; do
	fio_ok --name=j --numjobs=2 --rw=read --bs=4k --size=1M --output-format=$format --vblk_queue_size=4 --iodepth=16 \
		--filename="$sock"
	jq -e '.jobs | length == 2' "$dir/out" >/dev/null || fail "$format: standard output is not the report alone"
	expect_line '^vblk: .*features' "$dir/err"
done
fio_ok --name=j --rw=read --bs=4k --size=1M --output-format=terse --filename="$sock"
expect_no_line 'vblk: ' "$dir/out"

# In a file, too, although fio's own errors go there.
fio_ok --name=j --rw=read --bs=4k --size=1M --output-format=json --output="$dir/report" --filename="$sock"
jq -e '.jobs | length == 1' "$dir/report" >/dev/null || fail "the file is not the report alone"
expect_line '^vblk: .*features' "$dir/err"
