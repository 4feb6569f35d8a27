/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI function as sysfs shows it: its address, its driver and its IOMMU group. */
#ifndef VHOST_TRANSPORT_VFIO_PCI_PCI_FUNCTION_H
#define VHOST_TRANSPORT_VFIO_PCI_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

#include "vhost/transport/error.h"

/* Size of a PCI address: domain, bus, device and function. A domain has four to eight digits. */
#define VFIO_ADDRESS_BYTES 20

struct stat;

/**
 * struct pci_function - a PCI function that is bound to a VFIO driver
 * @sysfs: directory where sysfs is mounted
 * @address: PCI address, such as 0000:01:00.0
 * @group: number of the IOMMU group
 * @cdev: name of the VFIO character device in /dev/vfio/devices, "" = there is none
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
