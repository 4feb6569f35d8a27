// SPDX-License-Identifier: GPL-2.0-only
/* VFIO with iommufd: each device has its own file, and is attached to an I/O address space. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhost/transport/vfio-pci/vfio_iommu.h"
#include "vhost/transport/vfio-pci/vfio_uapi.h"

static int iommufd_open(struct vfio_iommu *iommu, const struct pci_function *function,
			struct error *error)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (!*function->cdev)
		return error_set(
			error, -ENODEV,
			"device has no VFIO character device in /dev/vfio/devices (kernel without CONFIG_VFIO_DEVICE_CDEV?)");
	iommu->fd = vfio_iommu_open_file("/dev/iommu", error);
	if (iommu->fd < 0)
		return iommu->fd;
	if (ioctl(iommu->fd, IOMMU_IOAS_ALLOC, &alloc))
		return error_set(error, -errno, "IOMMU_IOAS_ALLOC: %s", strerror(errno));
	iommu->ioas = alloc.out_ioas_id;
	return 0;
}

/* Read the usable address ranges. Each attached device may reduce them. */
static int find_ranges(struct vfio_iommu *iommu, struct error *error)
{
	struct iommu_iova_range ranges[VFIO_RANGES_MAX];
	struct iommu_ioas_iova_ranges query = {
		.size = sizeof(query),
		.ioas_id = iommu->ioas,
		.num_iovas = VFIO_RANGES_MAX,
		.allowed_iovas = (uintptr_t)ranges,
	};
	uint32_t i;

	/* EMSGSIZE: all entries of ranges[] were filled in, and there are more ranges. */
	if (ioctl(iommu->fd, IOMMU_IOAS_IOVA_RANGES, &query) && errno != EMSGSIZE)
		return error_set(error, -errno, "IOMMU_IOAS_IOVA_RANGES: %s", strerror(errno));
	iommu->nranges = 0;
	for (i = 0; i < query.num_iovas && i < VFIO_RANGES_MAX; i++)
		vfio_iommu_add_range(iommu, ranges[i].start, ranges[i].last);
	return 0;
}

static int iommufd_device(struct vfio_iommu *iommu, const struct pci_function *function,
			  struct error *error)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommu->fd };
	struct vfio_device_attach_iommufd_pt to = { .argsz = sizeof(to), .pt_id = iommu->ioas };
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", function->cdev);
	fd = vfio_iommu_open_file(path, error);
	if (fd < 0)
		return fd;
	if (ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		ret = error_set(error, -errno, "VFIO_DEVICE_BIND_IOMMUFD: %s", strerror(errno));
	else if (ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &to))
		ret = error_set(error, -errno, "VFIO_DEVICE_ATTACH_IOMMUFD_PT: %s",
				strerror(errno));
	else
		ret = find_ranges(iommu, error);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static int iommufd_map(const struct vfio_iommu *iommu, const void *base, uint64_t iova,
		       uint64_t bytes)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE |
			 IOMMU_IOAS_MAP_READABLE,
		.ioas_id = iommu->ioas,
		.user_va = (uintptr_t)base,
		.length = bytes,
		.iova = iova,
	};

	return ioctl(iommu->fd, IOMMU_IOAS_MAP, &map) ? -errno : 0;
}

static int iommufd_unmap(const struct vfio_iommu *iommu, uint64_t iova, uint64_t bytes)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = iommu->ioas,
		.iova = iova,
		.length = bytes,
	};

	return ioctl(iommu->fd, IOMMU_IOAS_UNMAP, &unmap) ? -errno : 0;
}

const struct vfio_iommu_ops vfio_iommufd_ops = {
	.name = "iommufd",
	.open = iommufd_open,
	.device = iommufd_device,
	.map = iommufd_map,
	.unmap = iommufd_unmap,
	.count = MEMLOCK_PINNED,
};
