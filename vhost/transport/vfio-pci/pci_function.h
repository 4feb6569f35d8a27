/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI function as the kernel's sysfs shows it: which one a name means, who drives it, and which
 * IOMMU group it is in. */
#ifndef VHOST_VFIO_PLACE_H
#define VHOST_VFIO_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "vhost/transport/error.h"

/* Domain, bus, device and function: 0000:01:00.0; some domains have more digits. */
#define VFIO_ADDRESS_BYTES 20

struct stat;

/**
 * struct vfio_place - a PCI function that VFIO has
 * @sysfs: where sysfs is
 * @address: domain, bus, device and function
 * @group: number of its IOMMU group
 * @cdev: name of its own device file below /dev/vfio/devices, "" = it has none
 */
struct vfio_place {
	const char *sysfs;
	char address[VFIO_ADDRESS_BYTES];
	unsigned int group;
	char cdev[24];
};

bool vfio_place_is(const char *path, const struct stat *st, char address[VFIO_ADDRESS_BYTES]);
int vfio_place_find(struct vfio_place *place, const char *sysfs, const char *path,
		    struct error *error);
void vfio_place_neighbours(const struct vfio_place *place, char *text, size_t bytes);

#endif
