/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to a PCI function through VFIO: its configuration space, registers and interrupts. */
#ifndef VHOST_TRANSPORT_VFIO_PCI_VFIO_DEVICE_H
#define VHOST_TRANSPORT_VFIO_PCI_VFIO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/vfio-pci/pci_cap.h"

/* Maximum number of interrupt vectors: one for configuration changes and one for each queue. */
#define VFIO_VECTORS_MAX 257

/**
 * struct vfio_device - a PCI function
 * @fd: VFIO device file descriptor, -1 = none
 * @can_reset: the kernel can reset the function
 * @vectors: number of MSI-X interrupt vectors
 * @bar_at: offset of each BAR in @fd
 * @bar_bytes: size of each BAR, 0 if the BAR does not exist
 * @bar_mappable: for each BAR: true if all or a part of the BAR can be mapped
 * @space_at: offset of the PCI configuration space in @fd
 * @space_bytes: size of the PCI configuration space
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
