// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhost/vfio_iommu.h"
#include "vhost/vfio_uapi.h"

/* Where a sentence goes. */
struct sentence {
	char *text;
	size_t bytes;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct sentence *error, int err,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, error->bytes, format, args);
	va_end(args);
	return err;
}

/* Opens one of VFIO's files; returns a descriptor or a negative errno. */
static int open_file(const char *path, const struct sentence *error)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int err = errno;

	if (fd >= 0)
		return fd;
	if (err == EACCES || err == EPERM)
		return fail(error, -err,
			    "%s: %s; this user must be let read and write it (chown, or a udev "
			    "rule)",
			    path, strerror(err));
	if (err == EBUSY)
		return fail(error, -err, "%s is in use: another program drives the device", path);
	if (err == ENOENT || err == ENODEV)
		return fail(error, -err,
			    "%s is not there; load the kernel's vfio modules (modprobe "
			    "vfio-pci)",
			    path);
	return fail(error, -err, "%s: %s", path, strerror(err));
}

static void add_range(struct vfio_iommu *iommu, uint64_t first, uint64_t last)
{
	if (iommu->nranges < VFIO_RANGES_MAX)
		iommu->ranges[iommu->nranges++] = (struct iova_range){ first, last };
}

/* The container's address ranges are one of the capabilities behind its description. */
static int group_ranges(struct vfio_iommu *iommu, const struct sentence *error)
{
	struct vfio_iommu_type1_info head = { .argsz = sizeof(head) }, *info;
	uint32_t at, i, bytes;

	if (ioctl(iommu->fd, VFIO_IOMMU_GET_INFO, &head))
		return fail(error, -errno, "VFIO_IOMMU_GET_INFO: %s", strerror(errno));
	bytes = head.argsz;
	info = bytes < sizeof(*info) ? NULL : calloc(1, bytes);
	if (!info)
		return fail(error, -ENOMEM, "out of memory");
	info->argsz = bytes;
	if (ioctl(iommu->fd, VFIO_IOMMU_GET_INFO, info)) {
		int err = errno;

		free(info);
		return fail(error, -err, "VFIO_IOMMU_GET_INFO: %s", strerror(err));
	}
	at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;
	while (at >= sizeof(*info) && at + sizeof(struct vfio_info_cap_header) <= bytes) {
		const struct vfio_iommu_type1_info_cap_iova_range *cap =
			(const void *)((const char *)info + at);

		if (cap->header.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
			for (i = 0;
			     i < cap->nr_iovas &&
			     at + sizeof(*cap) + (i + 1) * sizeof(*cap->iova_ranges) <= bytes;
			     i++)
				add_range(iommu, cap->iova_ranges[i].start,
					  cap->iova_ranges[i].end);
			break;
		}
		at = cap->header.next > at ? cap->header.next : 0;
	}
	free(info);
	/* Kernels that do not say (before 5.4) refuse what is in the way when it is mapped. */
	if (!iommu->nranges)
		add_range(iommu, 0, UINT64_MAX);
	return 0;
}

/* The group is of one piece: nobody else may drive a part of it. */
static int join_container(struct vfio_iommu *iommu, const struct vfio_place *place,
			  const struct sentence *error)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(iommu->fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return fail(error, -ENOTSUP, "kernel speaks another version of VFIO");
	if (ioctl(iommu->fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
		return fail(error, -ENOTSUP,
			    "kernel has no type 1 IOMMU for VFIO (modprobe vfio_iommu_type1)");
	if (ioctl(iommu->group, VFIO_GROUP_GET_STATUS, &status))
		return fail(error, -errno, "VFIO_GROUP_GET_STATUS: %s", strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		char others[128];

		vfio_place_neighbours(place, others, sizeof(others));
		return fail(error, -EBUSY,
			    "IOMMU group %u cannot be used while the kernel drives others in it: "
			    "%s; bind them to vfio-pci as well",
			    place->group, *others ? others : "which, it does not say");
	}
	if (ioctl(iommu->group, VFIO_GROUP_SET_CONTAINER, &iommu->fd))
		return fail(error, -errno, "VFIO_GROUP_SET_CONTAINER: %s", strerror(errno));
	if (ioctl(iommu->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) {
		if (errno == EPERM)
			return fail(error, -EPERM,
				    "kernel does not let the IOMMU be used: it cannot remap "
				    "interrupts (vfio_iommu_type1.allow_unsafe_interrupts=1)");
		return fail(error, -errno, "VFIO_SET_IOMMU: %s", strerror(errno));
	}
	return group_ranges(iommu, error);
}

static int open_group(struct vfio_iommu *iommu, const struct vfio_place *place, int *device,
		      const struct sentence *error)
{
	char path[32];
	int ret;

	iommu->way = "group";
	snprintf(path, sizeof(path), "/dev/vfio/%u", place->group);
	iommu->group = ret = open_file(path, error);
	if (ret >= 0)
		iommu->fd = ret = open_file("/dev/vfio/vfio", error);
	if (ret >= 0)
		ret = join_container(iommu, place, error);
	if (ret >= 0) {
		*device = ret = ioctl(iommu->group, VFIO_GROUP_GET_DEVICE_FD, place->address);
		if (ret < 0)
			ret = fail(error, -errno, "VFIO_GROUP_GET_DEVICE_FD: %s", strerror(errno));
	}
	if (ret < 0)
		vfio_iommu_close(iommu);
	return ret < 0 ? ret : 0;
}

static int iommufd_ranges(struct vfio_iommu *iommu, const struct sentence *error)
{
	struct iommu_iova_range ranges[VFIO_RANGES_MAX];
	struct iommu_ioas_iova_ranges query = {
		.size = sizeof(query),
		.ioas_id = iommu->ioas,
		.num_iovas = VFIO_RANGES_MAX,
		.allowed_iovas = (uintptr_t)ranges,
	};
	uint32_t i;

	/* More than there is room for: those that there is room for are filled in. */
	if (ioctl(iommu->fd, IOMMU_IOAS_IOVA_RANGES, &query) && errno != EMSGSIZE)
		return fail(error, -errno, "IOMMU_IOAS_IOVA_RANGES: %s", strerror(errno));
	for (i = 0; i < query.num_iovas && i < VFIO_RANGES_MAX; i++)
		add_range(iommu, ranges[i].start, ranges[i].last);
	return 0;
}

static int attach(struct vfio_iommu *iommu, int device, const struct sentence *error)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommu->fd };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt to = { .argsz = sizeof(to) };

	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return fail(error, -errno, "VFIO_DEVICE_BIND_IOMMUFD: %s", strerror(errno));
	if (ioctl(iommu->fd, IOMMU_IOAS_ALLOC, &alloc))
		return fail(error, -errno, "IOMMU_IOAS_ALLOC: %s", strerror(errno));
	iommu->ioas = to.pt_id = alloc.out_ioas_id;
	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &to))
		return fail(error, -errno, "VFIO_DEVICE_ATTACH_IOMMUFD_PT: %s", strerror(errno));
	return iommufd_ranges(iommu, error);
}

static int open_iommufd(struct vfio_iommu *iommu, const struct vfio_place *place, int *device,
			const struct sentence *error)
{
	char path[64];
	int ret;

	iommu->way = "iommufd";
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", place->cdev);
	*device = ret = open_file(path, error);
	if (ret < 0)
		return ret;
	iommu->fd = ret = open_file("/dev/iommu", error);
	if (ret >= 0)
		ret = attach(iommu, *device, error);
	if (ret < 0) {
		close(*device);
		*device = -1;
		vfio_iommu_close(iommu);
	}
	return ret < 0 ? ret : 0;
}

/**
 * vfio_iommu_open - open a device, and an address space for it
 * @iommu: filled in
 * @place: the device
 * @device: set to its descriptor, which is closed before @iommu is
 * @error: why it cannot be, one sentence
 * @error_bytes: size of @error
 *
 * With iommufd where the kernel and the permissions allow, else by group. Returns 0, or a negative
 * errno; then nothing is left open.
 */
int vfio_iommu_open(struct vfio_iommu *iommu, const struct vfio_place *place, int *device,
		    char *error, size_t error_bytes)
{
	const struct sentence sentence = { error, error_bytes };
	char group[32];
	int ret = 0;

	*iommu = (struct vfio_iommu){ .fd = -1, .group = -1 };
	*device = -1;
	if (*place->cdev) {
		ret = open_iommufd(iommu, place, device, &sentence);
		snprintf(group, sizeof(group), "/dev/vfio/%u", place->group);
		/* A kernel may have that way alone: then what is wrong with it counts. */
		if (!ret || access(group, F_OK))
			return ret;
	}
	return open_group(iommu, place, device, &sentence);
}

/**
 * vfio_iommu_map - give the device memory
 * @iommu: address space
 * @base: the memory, of whole pages
 * @iova: I/O virtual address that it is to have
 * @bytes: length
 * @error: what went wrong, one sentence
 * @error_bytes: size of @error
 *
 * All of it is there, and stays in RAM, afterwards. Returns 0 or a negative errno.
 */
int vfio_iommu_map(const struct vfio_iommu *iommu, const void *base, uint64_t iova, uint64_t bytes,
		   char *error, size_t error_bytes)
{
	struct vfio_iommu_type1_dma_map group = {
		.argsz = sizeof(group),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)base,
		.iova = iova,
		.size = bytes,
	};
	struct iommu_ioas_map ioas = {
		.size = sizeof(ioas),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE |
			 IOMMU_IOAS_MAP_READABLE,
		.ioas_id = iommu->ioas,
		.user_va = (uintptr_t)base,
		.length = bytes,
		.iova = iova,
	};
	const struct sentence sentence = { error, error_bytes };

	if (iommu->group >= 0 ? !ioctl(iommu->fd, VFIO_IOMMU_MAP_DMA, &group)
			      : !ioctl(iommu->fd, IOMMU_IOAS_MAP, &ioas))
		return 0;
	return fail(&sentence, -errno, "cannot give the device %llu KiB of memory at 0x%llx: %s",
		    (unsigned long long)bytes >> 10, (unsigned long long)iova, strerror(errno));
}

/**
 * vfio_iommu_unmap - take memory away again
 * @iommu: address space
 * @iova: as it was given
 * @bytes: as it was given
 */
int vfio_iommu_unmap(const struct vfio_iommu *iommu, uint64_t iova, uint64_t bytes)
{
	struct vfio_iommu_type1_dma_unmap group = {
		.argsz = sizeof(group),
		.iova = iova,
		.size = bytes,
	};
	struct iommu_ioas_unmap ioas = {
		.size = sizeof(ioas),
		.ioas_id = iommu->ioas,
		.iova = iova,
		.length = bytes,
	};

	if (iommu->group >= 0 ? !ioctl(iommu->fd, VFIO_IOMMU_UNMAP_DMA, &group)
			      : !ioctl(iommu->fd, IOMMU_IOAS_UNMAP, &ioas))
		return 0;
	return -errno;
}

/**
 * vfio_iommu_close - let go of an address space
 * @iommu: address space; closing one that is closed does nothing
 */
void vfio_iommu_close(struct vfio_iommu *iommu)
{
	if (iommu->group >= 0)
		close(iommu->group);
	if (iommu->fd >= 0)
		close(iommu->fd);
	iommu->fd = iommu->group = -1;
	iommu->nranges = 0;
}
