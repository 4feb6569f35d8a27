// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vhost/transport/memlock.h"
#include "vhost/transport/vfio-pci/vfio_iommu.h"

/*
 * The address spaces of this process. They need a lock because each device is stopped by its own
 * thread. A forked process must not take the lock, because another thread may have held it when the
 * process was forked.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vfio_iommu *address_spaces;

/**
 * vfio_iommu_open_file - open a file of VFIO
 * @path: path of the file
 * @error: set to the reason for a failure
 *
 * Returns a file descriptor or a negative errno.
 */
int vfio_iommu_open_file(const char *path, struct error *error)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int err = errno;

	if (fd >= 0)
		return fd;
	switch (err) {
	case EACCES:
	case EPERM:
		return error_set(
			error, -err,
			"%s: %s; the user needs permission to read and write this file (chown, or a udev rule)",
			path, strerror(err));
	case EBUSY:
		return error_set(error, -err, "%s is in use by another process", path);
	case ENOENT:
	case ENODEV:
		return error_set(
			error, -err,
			"%s does not exist; load the kernel's vfio modules (modprobe vfio-pci)",
			path);
	}
	return error_set(error, -err, "%s: %s", path, strerror(err));
}

/**
 * vfio_iommu_add_range - add a range of usable I/O virtual addresses
 * @iommu: address space
 * @first: first address
 * @last: last address, inclusive
 */
void vfio_iommu_add_range(struct vfio_iommu *iommu, uint64_t first, uint64_t last)
{
	if (iommu->nranges < VFIO_RANGES_MAX)
		iommu->ranges[iommu->nranges++] = (struct iova_range){ first, last };
}

static void close_files(struct vfio_iommu *iommu)
{
	if (iommu->group_fd >= 0)
		close(iommu->group_fd);
	if (iommu->fd >= 0)
		close(iommu->fd);
	iommu->fd = iommu->group_fd = -1;
}

/* Return the address space of a group, or an unused one. Return NULL if out of memory. */
static struct vfio_iommu *find_address_space(unsigned int group)
{
	struct vfio_iommu *iommu, *unused = NULL;

	for (iommu = address_spaces; iommu; iommu = iommu->next) {
		if (iommu->users && iommu->group == group)
			return iommu;
		if (!iommu->users)
			unused = iommu;
	}
	if (unused)
		return unused;
	iommu = calloc(1, sizeof(*iommu));
	if (iommu) {
		iommu->next = address_spaces;
		address_spaces = iommu;
	}
	return iommu;
}

/*
 * Create an address space with the interface @ops and open the device in it. Return the file
 * descriptor of the device, or a negative errno.
 */
static int open_new(struct vfio_iommu *iommu, const struct vfio_iommu_ops *ops,
		    const struct pci_function *function, struct error *error)
{
	int ret;

	iommu->group = function->group;
	iommu->ops = ops;
	iommu->fd = iommu->group_fd = -1;
	iommu->nranges = 0;
	ret = ops->open(iommu, function, error);
	if (ret >= 0)
		ret = ops->device(iommu, function, error);
	if (ret < 0)
		close_files(iommu);
	return ret;
}

/* Use iommufd if the kernel and the permissions allow it, else the group. */
static int open_device(struct vfio_iommu *iommu, const struct pci_function *function,
		       struct error *error)
{
	char group[32];
	int ret;

	if (iommu->users)
		return iommu->ops->device(iommu, function, error);
	snprintf(group, sizeof(group), "/dev/vfio/%u", function->group);
	if (*function->cdev) {
		ret = open_new(iommu, &vfio_iommufd_ops, function, error);
		/* If the kernel has no group interface, report the error of iommufd. */
		if (ret >= 0 || access(group, F_OK))
			return ret;
	}
	return open_new(iommu, &vfio_group_ops, function, error);
}

/**
 * vfio_iommu_open - open a device in the address space of its group
 * @iommu: set to the address space
 * @function: device
 * @error: set to the reason for a failure
 *
 * Returns the file descriptor of the device, which must be closed with vfio_iommu_close(), or a
 * negative errno.
 */
int vfio_iommu_open(struct vfio_iommu **iommu, const struct pci_function *function,
		    struct error *error)
{
	int fd;

	pthread_mutex_lock(&lock);
	*iommu = find_address_space(function->group);
	fd = *iommu ? open_device(*iommu, function, error)
		    : error_set(error, -ENOMEM, "out of memory");
	if (fd >= 0)
		(*iommu)->users++;
	pthread_mutex_unlock(&lock);
	return fd;
}

/*
 * Set @ranges to the usable address ranges without the addresses that are mapped. Return the number
 * of ranges.
 */
static size_t free_ranges(const struct vfio_iommu *iommu,
			  struct iova_range ranges[VFIO_RANGES_MAX + VFIO_MAPPINGS_MAX])
{
	size_t n = iommu->nranges, i, j;

	memcpy(ranges, iommu->ranges, n * sizeof(*ranges));
	for (i = 0; i < VFIO_MAPPINGS_MAX; i++) {
		uint64_t first = iommu->mapping[i].iova;
		uint64_t last = first + iommu->mapping[i].bytes - 1;

		/* A mapping lies in one of the ranges: split or shorten that range. */
		for (j = 0; iommu->mapping[i].users && j < n; j++) {
			if (first < ranges[j].first || first > ranges[j].last)
				continue;
			if (last < ranges[j].last)
				ranges[n++] = (struct iova_range){ last + 1, ranges[j].last };
			if (first > ranges[j].first)
				ranges[j].last = first - 1;
			else
				ranges[j] = (struct iova_range){ 1, 0 };
			break;
		}
	}
	return n;
}

static int map_memory(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
		      struct error *error)
{
	struct iova_range ranges[VFIO_RANGES_MAX + VFIO_MAPPINGS_MAX];
	size_t i, unused = VFIO_MAPPINGS_MAX;
	int ret;

	for (i = 0; i < VFIO_MAPPINGS_MAX; i++) {
		if (iommu->mapping[i].users && iommu->mapping[i].base == base) {
			iommu->mapping[i].users++;
			*iova = iommu->mapping[i].iova;
			return 0;
		}
		if (!iommu->mapping[i].users)
			unused = i;
	}
	if (unused == VFIO_MAPPINGS_MAX)
		return error_set(
			error, -ENOSPC,
			"IOMMU group %u: too many mappings of memory at the same time (at most %d)",
			iommu->group, VFIO_MAPPINGS_MAX);
	/* Try to raise RLIMIT_MEMLOCK if it is too low. */
	ret = memlock_check(iommu->ops->count, bytes, error);
	if (ret && memlock_raise(iommu->ops->count, bytes))
		ret = 0;
	if (!ret)
		ret = iova_choose(ranges, free_ranges(iommu, ranges), bytes, iova, error);
	if (ret)
		return ret;
	ret = iommu->ops->map(iommu, base, *iova, bytes);
	if (ret)
		return error_set(
			error, ret, "cannot map %llu KiB of memory for the device at 0x%llx: %s%s",
			(unsigned long long)bytes >> 10, (unsigned long long)*iova, strerror(-ret),
			ret == -ENOMEM ? " (the limit for locked memory may be too low: ulimit -l)"
				       : "");
	iommu->mapping[unused].base = base;
	iommu->mapping[unused].iova = *iova;
	iommu->mapping[unused].bytes = bytes;
	iommu->mapping[unused].users = 1;
	return 0;
}

/**
 * vfio_iommu_map - map memory for the devices of an address space
 * @iommu: address space
 * @base: address of the memory, page-aligned
 * @bytes: length of the memory, in whole pages
 * @iova: set to the I/O virtual address of the memory
 * @error: set to the reason for a failure
 *
 * The kernel allocates and pins all of the memory. If the memory is already mapped for another
 * device of the group, only increments a reference count. Returns 0 or a negative errno.
 */
int vfio_iommu_map(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
		   struct error *error)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = map_memory(iommu, base, bytes, iova, error);
	pthread_mutex_unlock(&lock);
	return ret;
}

/**
 * vfio_iommu_unmap - unmap memory
 * @iommu: address space
 * @base: address of the memory
 *
 * Must be called once for each vfio_iommu_map(). The last call removes the mapping. Returns 0 or a
 * negative errno.
 */
int vfio_iommu_unmap(struct vfio_iommu *iommu, const void *base)
{
	int ret = 0;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < VFIO_MAPPINGS_MAX; i++)
		if (iommu->mapping[i].users && iommu->mapping[i].base == base)
			break;
	if (i < VFIO_MAPPINGS_MAX && !--iommu->mapping[i].users)
		ret = iommu->ops->unmap(iommu, iommu->mapping[i].iova, iommu->mapping[i].bytes);
	pthread_mutex_unlock(&lock);
	return ret;
}

/**
 * vfio_iommu_close - close a device
 * @iommu: address space of the device; closed together with its last device
 * @device: file descriptor of the device
 */
void vfio_iommu_close(struct vfio_iommu *iommu, int device)
{
	close(device);
	pthread_mutex_lock(&lock);
	if (!--iommu->users)
		close_files(iommu);
	pthread_mutex_unlock(&lock);
}

/**
 * vfio_iommu_after_fork - in a forked process, leave a device to the process that opened it
 * @iommu: address space of the device
 * @device: file descriptor of the device
 */
void vfio_iommu_after_fork(struct vfio_iommu *iommu, int device)
{
	close(device);
	close_files(iommu);
}
