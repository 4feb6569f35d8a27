// SPDX-License-Identifier: GPL-2.0-only
/* VFIO with groups: an IOMMU group has a file, and a container is its I/O address space. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/vfio.h>

#include "vhost/transport/vfio-pci/vfio_iommu.h"

/* The address ranges are one of the capabilities that follow the description of a container. */
static void read_ranges(struct vfio_iommu *iommu, const struct vfio_iommu_type1_info *info,
			uint32_t bytes)
{
	uint32_t at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0, i;

	while (at >= sizeof(*info) && at + sizeof(struct vfio_info_cap_header) <= bytes) {
		const struct vfio_iommu_type1_info_cap_iova_range *cap =
			(const void *)((const char *)info + at);

		if (cap->header.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
			for (i = 0;
			     i < cap->nr_iovas &&
			     at + sizeof(*cap) + (i + 1) * sizeof(*cap->iova_ranges) <= bytes;
			     i++)
				vfio_iommu_add_range(iommu, cap->iova_ranges[i].start,
						     cap->iova_ranges[i].end);
			return;
		}
		at = cap->header.next > at ? cap->header.next : 0;
	}
}

static int find_ranges(struct vfio_iommu *iommu, struct error *error)
{
	struct vfio_iommu_type1_info head = { .argsz = sizeof(head) }, *info;
	int ret = 0;

	/* The first call reads only the length of the complete description. */
	if (ioctl(iommu->fd, VFIO_IOMMU_GET_INFO, &head))
		return error_set(error, -errno, "VFIO_IOMMU_GET_INFO: %s", strerror(errno));
	info = head.argsz < sizeof(head) ? NULL : calloc(1, head.argsz);
	if (!info)
		return error_set(error, -ENOMEM, "out of memory");
	info->argsz = head.argsz;
	if (ioctl(iommu->fd, VFIO_IOMMU_GET_INFO, info))
		ret = error_set(error, -errno, "VFIO_IOMMU_GET_INFO: %s", strerror(errno));
	else
		read_ranges(iommu, info, head.argsz);
	free(info);
	/* Kernels before 5.4 do not report ranges, and reject reserved addresses at mapping. */
	if (!ret && !iommu->nranges)
		vfio_iommu_add_range(iommu, 0, UINT64_MAX);
	return ret;
}

/* Add the group to the container. This fails if a function of the group has another driver. */
static int join_container(struct vfio_iommu *iommu, const struct pci_function *function,
			  struct error *error)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(iommu->fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return error_set(error, -ENOTSUP,
				 "kernel has an unsupported version of the VFIO interface");
	if (ioctl(iommu->fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
		return error_set(error, -ENOTSUP,
				 "kernel has no type 1 IOMMU for VFIO (modprobe vfio_iommu_type1)");
	if (ioctl(iommu->group_fd, VFIO_GROUP_GET_STATUS, &status))
		return error_set(error, -errno, "VFIO_GROUP_GET_STATUS: %s", strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		char others[128];

		pci_function_neighbours(function, others, sizeof(others));
		return error_set(
			error, -EBUSY,
			"IOMMU group %u cannot be used while other devices in it are bound to drivers of the kernel (%s); bind them to vfio-pci as well",
			function->group, *others ? others : "unknown devices");
	}
	if (ioctl(iommu->group_fd, VFIO_GROUP_SET_CONTAINER, &iommu->fd))
		return error_set(error, -errno, "VFIO_GROUP_SET_CONTAINER: %s", strerror(errno));
	if (!ioctl(iommu->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return find_ranges(iommu, error);
	if (errno == EPERM)
		return error_set(
			error, -EPERM,
			"kernel refuses the IOMMU because the machine has no interrupt remapping (the module parameter vfio_iommu_type1.allow_unsafe_interrupts=1 permits this)");
	return error_set(error, -errno, "VFIO_SET_IOMMU: %s", strerror(errno));
}

static int group_open(struct vfio_iommu *iommu, const struct pci_function *function,
		      struct error *error)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%u", function->group);
	iommu->group_fd = vfio_iommu_open_file(path, error);
	if (iommu->group_fd < 0)
		return iommu->group_fd;
	iommu->fd = vfio_iommu_open_file("/dev/vfio/vfio", error);
	return iommu->fd < 0 ? iommu->fd : join_container(iommu, function, error);
}

static int group_device(struct vfio_iommu *iommu, const struct pci_function *function,
			struct error *error)
{
	int fd = ioctl(iommu->group_fd, VFIO_GROUP_GET_DEVICE_FD, function->address);

	return fd >= 0 ? fd
		       : error_set(error, -errno, "VFIO_GROUP_GET_DEVICE_FD: %s", strerror(errno));
}

static int group_map(const struct vfio_iommu *iommu, const void *base, uint64_t iova,
		     uint64_t bytes)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)base,
		.iova = iova,
		.size = bytes,
	};

	return ioctl(iommu->fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int group_unmap(const struct vfio_iommu *iommu, uint64_t iova, uint64_t bytes)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = bytes,
	};

	return ioctl(iommu->fd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;
}

const struct vfio_iommu_ops vfio_group_ops = {
	.name = "group",
	.open = group_open,
	.device = group_device,
	.map = group_map,
	.unmap = group_unmap,
	.count = MEMLOCK_LOCKED,
};
