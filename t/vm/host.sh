# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scripts of this folder that run on the host: where things are, and how to say what is wrong.
#
# VBLK_VM  where the kernel, its modules and the guest's file system are kept; default: build/vm

set -euo pipefail
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
VM=$(realpath -m "${VBLK_VM:-$top/build/vm}")
# Ordinary users do not have them.
PATH=$PATH:/usr/sbin:/sbin

say() {
	echo "guest: $*" >&2
}

die() {
	say "$*"
	exit 1
}

# kernel_release: of the kernel that was fetched
kernel_release() {
	cat "$VM/release" 2>/dev/null || die "no kernel yet: t/vm/fetch.sh"
}

# made_from FILE TEXT: FILE is there and was made from what TEXT says; made FILE TEXT notes that it was.
made_from() {
	[ -e "$1" ] && [ "$(cat "$1.made-from" 2>/dev/null)" = "$2" ]
}

made() {
	echo "$2" >"$1.made-from"
}
