#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the engine on devices of a guest's kernel: vhost-vdpa (VDUSE, the simulated disk, vp_vdpa) and vfio-pci. Gets and
# makes what that needs, boots twice, and prints a line for each test: "PASS: ...", "FAIL: ...", "SKIP: ...".
#
#   check.sh [SCRIPT]...   only these scripts of guest/
#
# See boot.sh for what the environment can say.
. "$(dirname "$0")/host.sh"
here=$(dirname "$0")

if [ "$(dpkg --print-architecture)" != amd64 ]; then
	echo "SKIP: guest with vduse, vdpa_sim, vp_vdpa, vfio: it is an amd64 machine's"
	exit 0
fi
status=0
"$here/fetch.sh" || status=$?
case $status in
0) ;;
3)
	echo "SKIP: guest with vduse, vdpa_sim, vp_vdpa, vfio: the archive does not answer"
	exit 0
	;;
*) die "no kernel for the guest" ;;
esac
"$here/modules.sh"
"$here/image.sh"

[ $# -gt 0 ] || set -- all.sh test-no-iommu.sh
said=$(mktemp "$VM/said.XXXXXX")
trap 'rm -f "$said"' EXIT
for script; do
	option=
	[ "$script" != test-no-iommu.sh ] || option=-n
	# shellcheck disable=SC2086
	"$here/boot.sh" $option "$script" || echo "FAIL: $script comes to its end in the guest"
done | tee "$said"
! grep -q '^FAIL' "$said"
