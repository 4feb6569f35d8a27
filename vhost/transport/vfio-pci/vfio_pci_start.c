// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start of the queues of a virtio PCI function: rings, notifications and interrupts (VIRTIO 1.3,
 * 4.1.4.3.2 and 4.1.5).
 */
#include <errno.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "vhost/transport/vfio-pci/vfio_pci.h"

static void write_address(struct vfio_pci *vfio, uint32_t offset, uint64_t iova)
{
	const struct pci_structure *common = &vfio->registers.common;

	vfio_device_write(&vfio->device, common, offset, 4, (uint32_t)iova);
	vfio_device_write(&vfio->device, common, offset + 4, 4, (uint32_t)(iova >> 32));
}

/*
 * Write the size and addresses of a queue to the device. Set @notify to the offset of the
 * notification register of the queue.
 */
static int describe_queue(struct transport *t, const struct transport_queue *q, uint32_t index,
			  uint32_t *notify)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	uint32_t most, at;

	vfio_pci_write(vfio, queue_select, index);
	most = vfio_pci_read(vfio, queue_size);
	if (!most)
		return error_set(&t->error, -EPROTO, "queue %u does not exist: its size is 0",
				 index);
	if (q->size > most)
		return error_set(
			&t->error, -EINVAL,
			"queue %u: a ring of %u entries is too large; the device supports %u (vblk_queue_size)",
			index, q->size, most);
	vfio_pci_write(vfio, queue_size, q->size);
	write_address(vfio, VIRTIO_PCI_COMMON_Q_DESCLO, transport_iova(t, q->addr.desc));
	write_address(vfio, VIRTIO_PCI_COMMON_Q_AVAILLO, transport_iova(t, q->addr.driver));
	write_address(vfio, VIRTIO_PCI_COMMON_Q_USEDLO, transport_iova(t, q->addr.device));
	at = vfio_pci_read(vfio, queue_notify_off);
	if (pci_virtio_notify_offset(&vfio->registers, (uint16_t)at,
				     vfio->notification_data ? 4 : 2, notify))
		return error_set(
			&t->error, -EPROTO,
			"queue %u: queue_notify_off %u is outside the notification structure or gives an unaligned address",
			index, at);
	return 0;
}

/*
 * Choose how to notify the device of a queue: by a write to the mapped register or, if it cannot be
 * mapped, by an eventfd that makes the kernel write to the register. The kernel always writes the
 * same value, so the eventfd cannot be used with NOTIFICATION_DATA.
 */
static int set_kick(struct transport *t, struct transport_queue *q, uint32_t index, uint32_t notify)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	int ret;

	q->kick = (struct transport_kick){ .fd = -1,
					   .index = (uint16_t)index,
					   .data = vfio->notification_data };
	if (vfio->notify) {
		q->kick.reg = (volatile char *)vfio->notify + notify;
		return 0;
	}
	if (vfio->notification_data)
		return error_set(
			&t->error, -ENOTSUP,
			"queue %u: its notification register cannot be mapped, but notification_data requires a mapping (set vblk_features=-notification_data)",
			index);
	q->kick.fd = q->kick_fd;
	ret = vfio_device_write_on(&vfio->device, &vfio->registers.notify, notify, (uint16_t)index,
				   q->kick_fd);
	return ret ? error_set(
			     &t->error, ret,
			     "queue %u: its notification register cannot be mapped, and the kernel cannot write it for an eventfd (VFIO_DEVICE_IOEVENTFD): %s",
			     index, strerror(-ret))
		   : 0;
}

/* Set up the interrupt vectors: vector 0 for configuration changes, then one for each queue. */
static int set_vectors(struct transport *t, const struct transport_queue *queues, uint32_t count)
{
	int fds[VFIO_VECTORS_MAX], ret;
	struct vfio_pci *vfio = vfio_pci_state(t);
	uint32_t i;

	if (count > VFIO_VECTORS_MAX - 1)
		return error_set(&t->error, -EINVAL,
				 "%u queues are too many: vfio-pci supports at most %d", count,
				 VFIO_VECTORS_MAX - 1);
	fds[0] = t->event_fd[VFIO_PCI_CONFIG_EVENT];
	for (i = 0; i < count; i++)
		fds[1 + i] = queues[i].call_fd;
	ret = vfio_device_set_vectors(&vfio->device, fds, 1 + count);
	if (ret)
		return error_set(&t->error, ret, "cannot set up %u interrupt vectors (MSI-X): %s",
				 1 + count, strerror(-ret));
	vfio_pci_write(vfio, msix_config, 0);
	if (vfio_pci_read(vfio, msix_config))
		return error_set(
			&t->error, -EBUSY,
			"device did not accept an interrupt vector for configuration changes");
	for (i = 0; i < count; i++) {
		vfio_pci_write(vfio, queue_select, i);
		vfio_pci_write(vfio, queue_msix_vector, 1 + i);
		if (vfio_pci_read(vfio, queue_msix_vector) != 1 + i)
			return error_set(
				&t->error, -EBUSY,
				"queue %u: device did not accept an interrupt vector for the queue",
				i);
	}
	return 0;
}

/**
 * vfio_pci_start - describe queues to the device, and enable them
 * @t: transport, with the arena mapped
 * @queues: queues; @kick of each queue is set
 * @count: number of queues
 *
 * This is the operation @start of struct transport_ops.
 */
int vfio_pci_start(struct transport *t, struct transport_queue *queues, uint32_t count)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	uint32_t i, end, notify[VFIO_VECTORS_MAX];
	int ret = 0;

	vfio->notify_bytes = 0;
	for (i = 0; i < count && i < VFIO_VECTORS_MAX && !ret; i++) {
		ret = describe_queue(t, &queues[i], i, &notify[i]);
		end = ret ? 0 : notify[i] + (vfio->notification_data ? 4 : 2);
		if (end > vfio->notify_bytes)
			vfio->notify_bytes = end;
	}
	if (!ret)
		vfio->notify =
			vfio_device_map(&vfio->device, &vfio->registers.notify, vfio->notify_bytes);
	if (!ret)
		ret = set_vectors(t, queues, count);
	for (i = 0; i < count && !ret; i++)
		ret = set_kick(t, &queues[i], i, notify[i]);
	if (!ret && vfio_device_command(&vfio->device, PCI_COMMAND_MASTER, 0))
		ret = error_set(&t->error, -EIO, "cannot change the PCI command register");
	for (i = 0; i < count && !ret; i++) {
		vfio_pci_write(vfio, queue_select, i);
		vfio_pci_write(vfio, queue_enable, 1);
	}
	return ret;
}
