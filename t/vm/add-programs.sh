#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Copies programs and libraries, with the libraries they need, into a file system for the guest.
#
#   add-programs.sh ROOT FILE...
set -euo pipefail

root=$1
shift

# put FILE: copy the file to the same path in $root.
put() {
	[ -e "$root$1" ] || install -D "$1" "$root$1"
}

for file; do
	put "$file"
	# ldd fails for a statically linked program.
	{ ldd "$file" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
		put "$library"
	done
done
