/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI function as VFIO gives it to us: its configuration space, its registers, its interrupts. */
#ifndef VHOST_TRANSPORT_VFIO_PCI_VFIO_DEVICE_H
#define VHOST_TRANSPORT_VFIO_PCI_VFIO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/vfio-pci/pci_cap.h"

/* Interrupt vectors that are used: one for the device itself, and one for each queue. */
#define VFIO_VECTORS_MAX 257

/**
 * struct vfio_device - a PCI function
 * @fd: VFIO's descriptor of it, -1 = none
 * @can_reset: the kernel can reset it
 * @vectors: interrupt vectors (MSI-X) it has
 * @bar_at: where each BAR begins in @fd
 * @bar_bytes: size of each, 0 for those that are not there
 * @bar_mappable: it can be mapped, as a whole or in parts
 * @space_at: where the configuration space begins in @fd
 * @space_bytes: its size
 */
struct vfio_device {
	int fd;
	bool can_reset;
	uint32_t vectors;
	uint64_t bar_at[PCI_STD_NUM_BARS];
	uint64_t bar_bytes[PCI_STD_NUM_BARS];
	bool bar_mappable[PCI_STD_NUM_BARS];
	uint64_t space_at;
	uint64_t space_bytes;
};

int vfio_device_init(struct vfio_device *device, int fd);
size_t vfio_device_read_space(const struct vfio_device *device, uint8_t *space, size_t bytes);
int vfio_device_command(const struct vfio_device *device, uint16_t set, uint16_t clear);
uint32_t vfio_device_read(const struct vfio_device *device, const struct pci_structure *structure,
			  uint32_t offset, unsigned int width);
void vfio_device_write(const struct vfio_device *device, const struct pci_structure *structure,
		       uint32_t offset, unsigned int width, uint32_t value);
bool vfio_device_can_map(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t bytes);
volatile void *vfio_device_map(const struct vfio_device *device,
			       const struct pci_structure *structure, uint32_t bytes);
void vfio_device_detach(volatile void *registers, uint32_t bytes);
int vfio_device_write_on(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t offset, uint16_t value, int fd);
int vfio_device_set_vectors(const struct vfio_device *device, const int *fds, uint32_t count);
int vfio_device_set_signal(const struct vfio_device *device, unsigned int index, int fd);
int vfio_device_reset(const struct vfio_device *device);

#endif
