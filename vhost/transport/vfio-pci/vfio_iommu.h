/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O address spaces of VFIO devices: opening a device in an address space, and mapping memory.
 *
 * An IOMMU group consists of the devices that the IOMMU cannot distinguish. They share one address
 * space, and only one process can use the group at a time. This process opens each group only once,
 * so that it can drive several devices of a group.
 */
#ifndef VHOST_TRANSPORT_VFIO_PCI_VFIO_IOMMU_H
#define VHOST_TRANSPORT_VFIO_PCI_VFIO_IOMMU_H

#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/iova.h"
#include "vhost/transport/memlock.h"
#include "vhost/transport/error.h"
#include "vhost/transport/vfio-pci/pci_function.h"

/* Maximum number of address ranges that are used; known IOMMUs have fewer. */
#define VFIO_RANGES_MAX 32

/* Maximum number of mappings in an address space. Usually there is only one: the arena. */
#define VFIO_MAPPINGS_MAX 8

struct vfio_iommu;

/**
 * struct vfio_iommu_ops - one of the kernel's two interfaces: VFIO groups or iommufd
 * @name: name of the interface, for messages
 * @open: create the address space for the group of a device; set @fd of struct vfio_iommu, and
 *	  @group_fd or @ioas
 * @device: open a device in the address space and read the usable address ranges; return the file
 *	    descriptor of the device
 * @map: map memory for the devices
 * @unmap: unmap memory
 * @count: how the kernel accounts for mapped memory
 *
 * The functions return a negative errno on failure.
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
 * @next: next address space of this process
 * @users: number of open devices in the address space, 0 = unused
 * @group: number of the IOMMU group
 * @ops: interface of the kernel
 * @fd: file descriptor of the container, or of iommufd
 * @group_fd: file descriptor of the group, -1 with iommufd
 * @ioas: number of the address space in iommufd
 * @ranges: ranges of usable I/O virtual addresses
 * @nranges: number of entries in @ranges
 * @mapping: memory that is mapped for the devices; an entry with 0 users is free
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

/* For the implementations of struct vfio_iommu_ops. */
int vfio_iommu_open_file(const char *path, struct error *error);
void vfio_iommu_add_range(struct vfio_iommu *iommu, uint64_t first, uint64_t last);

#endif
