# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# All that needs an IOMMU or does not mind one, two scripts at a time: the guest has two processors.
run() {
	for name; do
		sh "/guest/test-$name.sh" || echo "FAIL: test-$name.sh comes to its end"
	done
}

run vduse vdpa-sim errors &
run vp-vdpa vfio
wait
