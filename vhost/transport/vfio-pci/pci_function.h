/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI function as the kernel's sysfs shows it: which one a name means, who drives it, and which
 * IOMMU group it is in. */
#ifndef VHOST_TRANSPORT_VFIO_PCI_PCI_FUNCTION_H
#define VHOST_TRANSPORT_VFIO_PCI_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

#include "vhost/transport/error.h"

/* Domain, bus, device and function: 0000:01:00.0; some domains have more digits. */
#define VFIO_ADDRESS_BYTES 20

struct stat;

/**
 * struct pci_function - a PCI function that VFIO has
 * @sysfs: where sysfs is
 * @address: domain, bus, device and function
 * @group: number of its IOMMU group
 * @cdev: name of its own device file below /dev/vfio/devices, "" = it has none
 */
struct pci_function {
	const char *sysfs;
	char address[VFIO_ADDRESS_BYTES];
	unsigned int group;
	char cdev[24];
};

bool pci_function_is_name(const char *path, const struct stat *st,
			  char address[VFIO_ADDRESS_BYTES]);
int pci_function_find(struct pci_function *function, const char *sysfs, const char *path,
		      struct error *error);
void pci_function_neighbours(const struct pci_function *function, char *text, size_t bytes);

#endif
