#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The files, functions and structures that the documents name exist.
set -u
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
rc=0

fail() {
	echo "FAILED: $*"
	rc=1
}

sources=$(find virtq vhost engine t examples doc -type f)
# quoted DOCUMENT: the code spans of a document, outside of code blocks, one per line
# shellcheck disable=SC2016
quoted() {
	awk '/^```/ { block = !block; next } !block' "$1" | grep -o '`[^`]*`' | tr -d '`'
}

documents=$(echo README.md CONTRIBUTING.md && echo "$sources" | grep '\.md$')
for document in $documents; do
	folder=$(dirname "$document")
	# A link contains no spaces.
	# shellcheck disable=SC2013
	for link in $(grep -o '](\([^)]*\))' "$document" | sed 's/^](//; s/)$//; s/#.*//; /^[a-z]*:/d'); do
		[ -e "$folder/$link" ] || fail "$document links to $link, which does not exist"
	done
	for file in $(quoted "$document" | grep -E '^[a-z0-9_/.-]+\.(c|h|sh|fio|svg)$'); do
		echo "$sources" | grep -q "\(^\|/\)$(echo "$file" | sed 's/\./\\./g')\$" || fail "$document names $file, which does not exist"
	done
	for name in $(quoted "$document" | sed -nE 's/^(struct |enum )?([a-z0-9]+_[a-z0-9_]+)(\(\))$/\2/p; s/^(struct|enum) ([a-z0-9_]+)$/\2/p'); do
		grep -rqw --include='*.[ch]' --include='*.sh' "$name" virtq vhost engine t || fail "$document names $name, which does not exist"
	done
done
[ "$(echo "$documents" | wc -w)" -ge 10 ] || fail "too few documents were found: the test itself is broken"
exit $rc
