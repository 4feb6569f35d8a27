// SPDX-License-Identifier: GPL-2.0-only
/* The IOMMU address space of the fake PCI function, and how the function is found. */
#include <stdio.h>
#include <string.h>

#include "t/unit/fake-pci-function.h"
#include "vhost/transport/vfio-pci/vfio_iommu.h"

/* The IOVA at which memory is mapped. */
#define IOVA 0x200000000ull

static struct vfio_iommu space = { .ops = NULL };

int vfio_iommu_open(struct vfio_iommu **iommu, const struct pci_function *found,
		    struct error *error)
{
	(void)found;
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
		function_wrong("unmapped memory that was not mapped");
	if (function.status && !function.gone)
		function_wrong("memory unmapped while the device is running");
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

void vfio_iommu_after_fork(struct vfio_iommu *iommu, int device)
{
	(void)iommu;
	(void)device;
}

bool pci_function_is_name(const char *path, const struct stat *st, char address[VFIO_ADDRESS_BYTES])
{
	(void)st;
	strcpy(address, "0000:01:00.0");
	return !strcmp(path, address);
}

int pci_function_find(struct pci_function *found, const char *sysfs, const char *path,
		      struct error *error)
{
	(void)error;
	*found = (struct pci_function){ .sysfs = sysfs };
	snprintf(found->address, sizeof(found->address), "%s", path);
	return 0;
}
