/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recognises a virtio-blk device and finds its registers in the PCI configuration space (VIRTIO
 * 1.3, 4.1.2 and 4.1.4).
 */
#ifndef VHOST_TRANSPORT_VFIO_PCI_PCI_CAP_H
#define VHOST_TRANSPORT_VFIO_PCI_PCI_CAP_H

#include <stddef.h>
#include <stdint.h>

#include <linux/pci_regs.h>

#include "vhost/transport/error.h"

/**
 * struct pci_structure - location of a structure of registers
 * @bar: number of the base address register (BAR)
 * @offset: offset of the structure in the BAR
 * @bytes: length of the structure
 */
struct pci_structure {
	uint8_t bar;
	uint32_t offset;
	uint32_t bytes;
};

/**
 * struct pci_virtio - the registers of a virtio device
 * @common: common configuration structure
 * @notify: notification structure
 * @device: device-specific configuration structure
 * @notify_multiplier: multiplier of queue_notify_off, in bytes
 */
struct pci_virtio {
	struct pci_structure common;
	struct pci_structure notify;
	struct pci_structure device;
	uint32_t notify_multiplier;
};

int pci_virtio_check(const uint8_t space[PCI_STD_HEADER_SIZEOF], struct error *error);
int pci_virtio_find(struct pci_virtio *found, const uint8_t *space, size_t space_bytes,
		    const uint64_t bar_bytes[PCI_STD_NUM_BARS], struct error *error);
int pci_virtio_notify_offset(const struct pci_virtio *device, uint16_t queue_offset, uint32_t width,
			     uint32_t *offset);

#endif
