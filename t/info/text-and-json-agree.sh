#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The text output of vblk-info has the same numbers and names as its JSON output.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"

start_fake a --features +size_max,+secure_erase,+geometry,+41 --protocol-features +reset_device --block-size 4096 --config-size 72 \
	--size 48M --queues 7 --seg-max 33 --size-max 128K --mem-slots 9 --id 'one "two"'
info_ok --json "$sock"
mv "$dir/out" "$dir/json"
info_ok "$sock"

# same LABEL FILTER: expect that the line of the text output equals the result of the jq filter. The
# text may add rounded sizes.
same() {
	text=$(sed -n "s/^$1  *//p" "$dir/out" | sed 's/ bytes ([0-9.]* [KMGTPE]iB)/ bytes/g')
	json=$(jq -r "$2" "$dir/json")
	[ "$text" = "$json" ] || fail "$1: '$text' in the text output, '$json' in JSON"
}
reasons='map("\(.name): \(.reason)") | join("; ")'
range='"at most \(.max_segments) segments of \(.max_bytes) bytes'
same device .path
same transport .transport
same "features offered" '.features.offered | map(tostring) | join(", ")'
same "features usable" '.features.usable | join(", ")'
same "features unused" ".features.unused | $reasons"
same "features not offered" '.features.not_offered | join(", ")'
same "protocol offered" '.protocol_features.offered | join(", ")'
same "protocol used" '.protocol_features.used | join(", ")'
same "protocol unused" ".protocol_features.unused | $reasons"
same queues .queues
same "memory slots" .memory_slots
same "I\/O addresses" '.iova_ranges // "any"'
same capacity '"\(.capacity_bytes) bytes"'
same "logical block" '"\(.logical_block_bytes) bytes"'
same "physical block" '"\(.physical_block_bytes) bytes"'
same "alignment offset" '"\(.alignment_offset_bytes) bytes"'
same "minimal I\/O" '"\(.min_io_bytes) bytes"'
same "optimal I\/O" '"\(.opt_io_bytes) bytes"'
same "segments of a request" .limits.seg_max
same "size of a segment" '"\(.limits.size_max_bytes) bytes"'
same discard ".limits.discard | $range, aligned to \\(.alignment_bytes) bytes\""
same "write zeroes" ".limits.write_zeroes | $range, \\(if .may_unmap then \"may unmap\" else \"never unmaps\" end)\""
same "secure erase" ".limits.secure_erase | $range, aligned to \\(.alignment_bytes) bytes\""
same read-only 'if .read_only then "yes" else "no" end'
same cache '.cache | "\(.mode), the driver can\(if .driver_can_choose then "" else "not" end) choose"'
same id '"\"\(.id)\""'
same lifetime 'if .lifetime then .lifetime else "not offered" end'
same zones 'if .zones then .zones.count else "none" end'
# All lines and all members were compared.
[ "$(wc -l <"$dir/out")" = 28 ] || fail "the text output has lines that this test does not compare"
[ "$(jq -c 'del(.path, .transport, .features, .protocol_features, .queues, .memory_slots, .iova_ranges, .pci, .capacity_bytes,
	.logical_block_bytes, .physical_block_bytes, .alignment_offset_bytes, .min_io_bytes, .opt_io_bytes, .limits,
	.read_only, .cache, .id, .lifetime, .zones, .error)' "$dir/json")" = '{}' ] || fail "the JSON output has members that this test does not compare"
stop_fake
