# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Runs all scripts except test-no-iommu.sh, two at a time, because the guest has two processors.
run() {
	for name; do
		sh "/guest/test-$name.sh" || echo "FAIL: test-$name.sh runs to its end"
	done
}

run vduse vdpa-sim errors &
run vp-vdpa vfio
wait
