// SPDX-License-Identifier: GPL-2.0-only
/* The address space of a made-up PCI function, and its place in the system. */
#include <stdio.h>
#include <string.h>

#include "t/unit/fake-pci-function.h"
#include "vhost/transport/vfio-pci/vfio_iommu.h"

/* Where memory is for it. */
#define IOVA 0x200000000ull

static struct vfio_iommu space = { .way = NULL };

int vfio_iommu_open(struct vfio_iommu **iommu, const struct vfio_place *place, struct error *error)
{
	(void)place;
	(void)error;
	*iommu = &space;
	function.opened = true;
	return 0;
}

int vfio_iommu_map(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
		   struct error *error)
{
	(void)iommu;
	(void)bytes;
	(void)error;
	function.mapped = base;
	*iova = IOVA;
	return 0;
}

int vfio_iommu_unmap(struct vfio_iommu *iommu, const void *base)
{
	(void)iommu;
	if (base != function.mapped)
		function_wrong("memory taken away that was not given");
	if (function.status && !function.gone)
		function_wrong("memory taken away from a device at work");
	function.mapped = NULL;
	return 0;
}

void vfio_iommu_close(struct vfio_iommu *iommu, int device)
{
	(void)iommu;
	(void)device;
	if (!function.opened)
		function_wrong("closed twice");
	function.opened = false;
}

void vfio_iommu_leave(struct vfio_iommu *iommu, int device)
{
	(void)iommu;
	(void)device;
}

bool vfio_place_is(const char *path, const struct stat *st, char address[VFIO_ADDRESS_BYTES])
{
	(void)st;
	strcpy(address, "0000:01:00.0");
	return !strcmp(path, address);
}

int vfio_place_find(struct vfio_place *place, const char *sysfs, const char *path,
		    struct error *error)
{
	(void)error;
	*place = (struct vfio_place){ .sysfs = sysfs };
	snprintf(place->address, sizeof(place->address), "%s", path);
	return 0;
}
