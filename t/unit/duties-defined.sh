#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every duty id that code, tests and documents cite is defined once in doc/conformance.md. Every id defined there is
# cited by a test, and each file that a row names as a test of the duty exists and cites the id.
set -u
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
page=doc/conformance.md
groups='INIT|FEAT|CONF|BLK|RING|SPLIT|PACK|REQ|VU'
dir=$(mktemp -d "${TMPDIR:-/tmp}/vblk.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
rc=0

fail() {
	echo "FAILED: $*"
	rc=1
}

# cited FILE...: the ids that files cite, written as in prose (RING-5) or in the name of a unit test, which may have
# several (SPLIT_7_PACK_6_used_twice_is_a_fault, RING_2_3_4_...)
cited() {
	{
		grep -hoE "\b($groups)-[0-9]+\b" "$@"
		sed -n 's/.*START_TEST(\([A-Z0-9_]*\)_.*/\1/p' "$@" | tr _ '\n' | awk -v groups="^($groups)\$" '
			$0 ~ groups { group = $0; next }
			/^[0-9]+$/ && group { print group "-" $0; next }
			{ group = "" }'
	} | sort -u
}

find virtq vhost engine t doc README.md CONTRIBUTING.md CHANGELOG.md -type f \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.md' -o -name '*.[17]' \) >"$dir/all" 2>/dev/null
grep -v "^$page\$" "$dir/all" >"$dir/others"
grep '^t/.*\.\(c\|h\|sh\)$' "$dir/all" >"$dir/tests"
# shellcheck disable=SC2046
cited $(cat "$dir/others") >"$dir/cited"
# shellcheck disable=SC2046
cited $(cat "$dir/tests") >"$dir/tested"
sed -nE "s/^\| ($groups)-([0-9]+) \|.*/\1-\2/p" "$page" | sort >"$dir/rows"
sort -u "$dir/rows" >"$dir/defined"

if [ ! -s "$dir/tested" ] || [ ! -s "$dir/defined" ]; then
	fail "no ids were found: the test itself is broken"
fi
for id in $(uniq -d "$dir/rows"); do
	fail "$page defines $id more than once"
done
for id in $(comm -23 "$dir/cited" "$dir/defined"); do
	# shellcheck disable=SC2046
	fail "$page does not define $id, cited by" $(grep -lwE "$id|$(echo "$id" | tr - _)" $(cat "$dir/others"))
done
for id in $(comm -13 "$dir/tested" "$dir/defined"); do
	fail "no test cites $id of $page"
done

while IFS='|' read -r _ id duty _ held _; do
	id=$(echo "$id" | tr -d ' ')
	[ "$(echo "$duty" | wc -w)" -ge 4 ] || fail "$page has no duty for $id"
	[ -n "$(echo "$held" | tr -d ' ')" ] || fail "$page names no test of $id"
	for file in $(echo "$held" | tr -d '`,'); do
		if [ ! -e "t/$file" ]; then
			fail "$page names t/$file for $id, which does not exist"
		elif ! cited "t/$file" | grep -qx "$id"; then
			fail "$page names t/$file for $id, which it does not cite"
		fi
	done
done <<EOF
$(grep -E "^\| ($groups)-[0-9]+ \|" "$page")
EOF

[ $rc -ne 0 ] || echo "$(wc -l <"$dir/defined") duties"
exit $rc
