/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O address space of devices behind VFIO: opening a device in it, and giving it memory.
 *
 * Devices that the IOMMU can't tell apart, an IOMMU group, have one address space together, and one
 * program at a time. This process has each only once, so that it can drive several devices of a
 * group.
 */
#ifndef VHOST_TRANSPORT_VFIO_PCI_VFIO_IOMMU_H
#define VHOST_TRANSPORT_VFIO_PCI_VFIO_IOMMU_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/iova.h"
#include "vhost/transport/memlock.h"
#include "vhost/transport/error.h"
#include "vhost/transport/vfio-pci/pci_function.h"

/* Ranges of addresses that are looked at; more than IOMMUs are known to have. */
#define VFIO_RANGES_MAX 32

/* Pieces of memory in an address space: one for all jobs that run at a time, as a rule. */
#define VFIO_MAPPINGS_MAX 8

struct vfio_iommu;

/**
 * struct vfio_iommu_ops - one of the kernel's two interfaces
 * @name: for people
 * @open: get hold of the address space of a device's group; sets @fd and what else is the way's
 * @device: open a device in it, and find out which addresses can be used; returns its descriptor
 * @map: give the devices memory
 * @unmap: take it away again
 * @count: how memory is counted
 *
 * All return a negative errno where something fails.
 */
struct vfio_iommu_ops {
	const char *name;
	int (*open)(struct vfio_iommu *iommu, const struct pci_function *function,
		    struct error *error);
	int (*device)(struct vfio_iommu *iommu, const struct pci_function *function,
		      struct error *error);
	int (*map)(const struct vfio_iommu *iommu, const void *base, uint64_t iova, uint64_t bytes);
	int (*unmap)(const struct vfio_iommu *iommu, uint64_t iova, uint64_t bytes);
	enum memlock_count count;
};

extern const struct vfio_iommu_ops vfio_group_ops;
extern const struct vfio_iommu_ops vfio_iommufd_ops;

/**
 * struct vfio_iommu - an address space
 * @next: another one of this process
 * @users: devices open in it; 0 = it is not in use
 * @group: number of the IOMMU group
 * @ops: how the kernel is asked
 * @fd: the container of a group; with iommufd, that
 * @group_fd: the group, -1 with iommufd
 * @ioas: with iommufd: number of the address space
 * @ranges: addresses that can be used
 * @nranges: how many of them
 * @mapping: memory that the devices have; those without users are free
 */
struct vfio_iommu {
	struct vfio_iommu *next;
	unsigned int users;
	unsigned int group;
	const struct vfio_iommu_ops *ops;
	int fd;
	int group_fd;
	uint32_t ioas;
	struct iova_range ranges[VFIO_RANGES_MAX];
	size_t nranges;
	struct {
		const void *base;
		uint64_t iova;
		uint64_t bytes;
		unsigned int users;
	} mapping[VFIO_MAPPINGS_MAX];
};

int vfio_iommu_open(struct vfio_iommu **iommu, const struct pci_function *function,
		    struct error *error);
int vfio_iommu_map(struct vfio_iommu *iommu, const void *base, uint64_t bytes, uint64_t *iova,
		   struct error *error);
int vfio_iommu_unmap(struct vfio_iommu *iommu, const void *base);
void vfio_iommu_close(struct vfio_iommu *iommu, int device);
void vfio_iommu_after_fork(struct vfio_iommu *iommu, int device);

/* For the ways. */
int vfio_iommu_open_file(const char *path, struct error *error);
void vfio_iommu_add_range(struct vfio_iommu *iommu, uint64_t first, uint64_t last);

#endif
