#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the engine on devices of a guest's kernel: vhost-vdpa (VDUSE, the simulated disk, vp_vdpa)
# and vfio-pci. Fetches and builds what the guest needs, boots it twice, and prints a line for each
# test: "PASS: ...", "FAIL: ...", "SKIP: ...".
#
#   check.sh [SCRIPT]...   run only these scripts of guest/
#
# boot.sh lists the environment variables.
. "$(dirname "$0")/host.sh"
here=$(dirname "$0")

if [ "$(dpkg --print-architecture)" != amd64 ]; then
	echo "SKIP: guest with vduse, vdpa_sim, vp_vdpa, vfio: the guest runs on amd64 only"
	exit 0
fi
status=0
"$here/fetch.sh" || status=$?
case $status in
0) ;;
3)
	echo "SKIP: guest with vduse, vdpa_sim, vp_vdpa, vfio: the Debian archive cannot be reached"
	exit 0
	;;
*) die "cannot fetch a kernel for the guest" ;;
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
	"$here/boot.sh" $option "$script" || echo "FAIL: $script runs to its end in the guest"
done | tee "$said"
! grep -q '^FAIL' "$said"
