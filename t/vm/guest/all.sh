# SPDX-License-Identifier: GPL-2.0-only
# All that needs an IOMMU or does not mind one, two scripts at a time: the guest has two processors.
{
	sh /guest/test-vduse.sh
	sh /guest/test-vdpa-sim.sh
	sh /guest/test-errors.sh
} &
sh /guest/test-vp-vdpa.sh
sh /guest/test-vfio.sh
wait
