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

/* The address spaces of this process. Devices are stopped by threads of their own, so that several
 * may be at it; a process that was forked leaves the lock alone, which it may have inherited held.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vfio_iommu *all;

/**
 * vfio_iommu_open_file - open one of VFIO's files
 * @path: file
 * @error: why it cannot be
 *
 * Returns a descriptor or a negative errno.
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
			"%s: %s; this user must be let read and write it (chown, or a udev rule)",
			path, strerror(err));
	case EBUSY:
		return error_set(error, -err, "%s is in use: another program has the device", path);
	case ENOENT:
	case ENODEV:
		return error_set(
			error, -err,
			"%s is not there; the kernel's vfio modules must be loaded (modprobe vfio-pci)",
			path);
	}
	return error_set(error, -err, "%s: %s", path, strerror(err));
}

/**
 * vfio_iommu_add_range - note addresses that can be used
 * @iommu: address space
 * @first: the first
 * @last: the last
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

/* The group's address space, or one that is not in use. */
static struct vfio_iommu *find(unsigned int group)
{
	struct vfio_iommu *iommu, *unused = NULL;

	for (iommu = all; iommu; iommu = iommu->next) {
		if (iommu->users && iommu->group == group)
			return iommu;
		if (!iommu->users)
			unused = iommu;
	}
	if (unused)
		return unused;
	iommu = calloc(1, sizeof(*iommu));
	if (iommu) {
		iommu->next = all;
		all = iommu;
	}
	return iommu;
}

/* Opens a device in an address space that is made for it; returns its descriptor. */
static int try_ops(struct vfio_iommu *iommu, const struct vfio_iommu_ops *ops,
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

/* By iommufd where the kernel and the permissions allow, else by group. */
static int open_device(struct vfio_iommu *iommu, const struct pci_function *function,
		       struct error *error)
{
	char group[32];
	int ret;

	if (iommu->users)
		return iommu->ops->device(iommu, function, error);
	snprintf(group, sizeof(group), "/dev/vfio/%u", function->group);
	if (*function->cdev) {
		ret = try_ops(iommu, &vfio_iommufd_ops, function, error);
		/* A kernel may have that way alone: then what is wrong with it counts. */
		if (ret >= 0 || access(group, F_OK))
			return ret;
	}
	return try_ops(iommu, &vfio_group_ops, function, error);
}

/**
 * vfio_iommu_open - open a device, in the address space of its group
 * @iommu: set to the address space
 * @function: the device
 * @error: why it cannot be
 *
 * Returns the device's descriptor, to be given back to vfio_iommu_close(), or a negative errno.
 */
int vfio_iommu_open(struct vfio_iommu **iommu, const struct pci_function *function,
		    struct error *error)
{
	int fd;

	pthread_mutex_lock(&lock);
	*iommu = find(function->group);
	fd = *iommu ? open_device(*iommu, function, error)
		    : error_set(error, -ENOMEM, "out of memory");
	if (fd >= 0)
		(*iommu)->users++;
	pthread_mutex_unlock(&lock);
	return fd;
}

/* What can be used and has no memory yet: all ranges, with what is mapped cut out of them. */
static size_t free_ranges(const struct vfio_iommu *iommu,
			  struct iova_range ranges[VFIO_RANGES_MAX + VFIO_MAPPINGS_MAX])
{
	size_t n = iommu->nranges, i, j;

	memcpy(ranges, iommu->ranges, n * sizeof(*ranges));
	for (i = 0; i < VFIO_MAPPINGS_MAX; i++) {
		uint64_t first = iommu->mapping[i].iova;
		uint64_t last = first + iommu->mapping[i].bytes - 1;

		/* It lies within one of them. */
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

static int map(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
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
		return error_set(error, -ENOSPC,
				 "IOMMU group %u: too many pieces of memory at a time",
				 iommu->group);
	/* The soft limit is ours to raise. */
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
			error, ret, "cannot give the device %llu KiB of memory at 0x%llx: %s%s",
			(unsigned long long)bytes >> 10, (unsigned long long)*iova, strerror(-ret),
			ret == -ENOMEM ? " (what a user may lock is limited: ulimit -l)" : "");
	iommu->mapping[unused].base = base;
	iommu->mapping[unused].iova = *iova;
	iommu->mapping[unused].bytes = bytes;
	iommu->mapping[unused].users = 1;
	return 0;
}

/**
 * vfio_iommu_map - give the devices of an address space memory
 * @iommu: address space
 * @base: the memory, of whole pages
 * @bytes: length
 * @iova: set to the I/O virtual address that it has there
 * @error: what went wrong
 *
 * All of it is there, and stays in RAM, afterwards. Memory that another device of the group was
 * given is there already. Returns 0 or a negative errno.
 */
int vfio_iommu_map(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
		   struct error *error)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = map(iommu, base, bytes, iova, error);
	pthread_mutex_unlock(&lock);
	return ret;
}

/**
 * vfio_iommu_unmap - take memory away again
 * @iommu: address space
 * @base: the memory
 *
 * As often as it was given: the last time the kernel is told. Returns 0 or a negative errno.
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
 * @iommu: its address space, which goes with the last of its devices
 * @device: its descriptor
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
 * vfio_iommu_after_fork - in a forked process: leave a device to the process that opened it
 * @iommu: its address space
 * @device: its descriptor
 */
void vfio_iommu_after_fork(struct vfio_iommu *iommu, int device)
{
	close(device);
	close_files(iommu);
}
