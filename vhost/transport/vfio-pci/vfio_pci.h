/* SPDX-License-Identifier: GPL-2.0-only */
/* Private state of the vfio-pci transport, and declarations that its sources share. */
#ifndef VHOST_TRANSPORT_VFIO_PCI_VFIO_PCI_H
#define VHOST_TRANSPORT_VFIO_PCI_VFIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost/transport/transport.h"
#include "vhost/transport/vfio-pci/pci_cap.h"
#include "vhost/transport/vfio-pci/vfio_device.h"
#include "vhost/transport/vfio-pci/vfio_iommu.h"

/**
 * struct vfio_pci - private state of a vfio-pci transport
 * @iommu: I/O address space of the function
 * @device: PCI function as seen by VFIO
 * @registers: locations of the virtio registers
 * @notification_data: VIRTIO_F_NOTIFICATION_DATA was accepted
 * @ring_reset: VIRTIO_F_RING_RESET was accepted
 * @mapped: the arena is mapped for the device
 * @notify: mapping of the notification registers, NULL = not mapped
 * @notify_bytes: length of the notification registers that are used
 */
struct vfio_pci {
	struct vfio_iommu *iommu;
	struct vfio_device device;
	struct pci_virtio registers;
	bool notification_data;
	bool ring_reset;
	bool mapped;
	volatile void *notify;
	uint32_t notify_bytes;
};

/* Indices of @event_fd in struct transport. */
enum { VFIO_PCI_CONFIG_EVENT, VFIO_PCI_REQUEST_EVENT, VFIO_PCI_ERROR_EVENT };

static inline struct vfio_pci *vfio_pci_state(struct transport *t)
{
	return (void *)t->state;
}

const struct vfio_pci *vfio_pci_of(const struct transport *t);
int vfio_pci_read_config(struct transport *t, void *config, uint32_t bytes, uint32_t *got);
int vfio_pci_write_config(struct transport *t, uint32_t offset, const void *data, uint32_t bytes);
int vfio_pci_start(struct transport *t, struct transport_queue *queues, uint32_t count);

/*
 * Access to a register of the common configuration (VIRTIO 1.3, 4.1.4.3). @member names a member of
 * struct virtio_pci_common_cfg. Each access has the width of the register (4.1.3.1).
 */
#define vfio_pci_read(vfio, member)                                                \
	vfio_device_read(&(vfio)->device, &(vfio)->registers.common,               \
			 (uint32_t)offsetof(struct virtio_pci_common_cfg, member), \
			 sizeof(((struct virtio_pci_common_cfg *)0)->member))
#define vfio_pci_write(vfio, member, value)                                         \
	vfio_device_write(&(vfio)->device, &(vfio)->registers.common,               \
			  (uint32_t)offsetof(struct virtio_pci_common_cfg, member), \
			  sizeof(((struct virtio_pci_common_cfg *)0)->member), value)

#endif
