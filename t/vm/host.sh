# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Sourced by the scripts of this folder that run on the host: paths and messages.
#
# VBLK_VM  folder for the kernel, its modules and the guest's file system; default: build/vm

set -euo pipefail
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
VM=$(realpath -m "${VBLK_VM:-$top/build/vm}")
# Ordinary users do not have these folders in PATH.
PATH=$PATH:/usr/sbin:/sbin

say() {
	echo "guest: $*" >&2
}

die() {
	say "$*"
	exit 1
}

# kernel_release: print the release of the fetched kernel.
kernel_release() {
	cat "$VM/release" 2>/dev/null || die "there is no kernel yet; run t/vm/fetch.sh"
}

# made_from FILE TEXT: true if FILE exists and was made from the inputs that TEXT describes. made
# FILE TEXT: record that it was.
made_from() {
	[ -e "$1" ] && [ "$(cat "$1.made-from" 2>/dev/null)" = "$2" ]
}

made() {
	echo "$2" >"$1.made-from"
}
