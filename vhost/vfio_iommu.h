/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O address space of a device behind VFIO: opening the device together with it, and giving
 * the device memory.
 *
 * There are two ways. With iommufd a device has a file of its own, and an address space is an
 * object of /dev/iommu. The older way is that of groups: all devices that the IOMMU can't tell
 * apart are opened as one, and their address space is a container.
 */
#ifndef VHOST_VFIO_IOMMU_H
#define VHOST_VFIO_IOMMU_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/iova.h"
#include "vhost/vfio_place.h"

/* Ranges of addresses that are looked at; more than IOMMUs are known to have. */
#define VFIO_RANGES_MAX 32

/**
 * struct vfio_iommu - an I/O address space
 * @way: "iommufd" or "group", for people
 * @fd: iommufd, or the container
 * @group: the group, -1 with iommufd
 * @ioas: with iommufd: number of the address space
 * @ranges: addresses that can be used
 * @nranges: how many of them
 */
struct vfio_iommu {
	const char *way;
	int fd;
	int group;
	uint32_t ioas;
	struct iova_range ranges[VFIO_RANGES_MAX];
	size_t nranges;
};

int vfio_iommu_open(struct vfio_iommu *iommu, const struct vfio_place *place, int *device,
		    char *error, size_t error_bytes);
int vfio_iommu_map(const struct vfio_iommu *iommu, const void *base, uint64_t iova, uint64_t bytes,
		   char *error, size_t error_bytes);
int vfio_iommu_unmap(const struct vfio_iommu *iommu, uint64_t iova, uint64_t bytes);
void vfio_iommu_close(struct vfio_iommu *iommu);

#endif
