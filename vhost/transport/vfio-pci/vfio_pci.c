// SPDX-License-Identifier: GPL-2.0-only
/* The transport for a virtio-blk PCI function that is bound to vfio-pci (VIRTIO 1.3, 4.1). */
#include <errno.h>
#include <linux/vfio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "vhost/transport/clock.h"
#include "vhost/transport/vfio-pci/vfio_pci.h"
#include "vhost/transport/vfio-pci/pci_function.h"
#include "virtq/base.h"

/* Not defined in the kernel headers of the oldest supported systems. */
#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA 38
#endif
#ifndef VIRTIO_F_RING_RESET
#define VIRTIO_F_RING_RESET 40
#endif

/*
 * The queue_reset field of the common configuration, which exists if VIRTIO_F_RING_RESET is offered
 * (VIRTIO 1.3, 4.1.4.3).
 */
#define COMMON_Q_RESET	     58
#define COMMON_Q_RESET_BYTES 2

/* Longest wait for the reset of a device that is being closed. */
#define CLOSE_TIMEOUT_MS 1000u

/* Value that is read from the status of a device that has been removed. */
#define STATUS_GONE 0xffu

TRANSPORT_ASSERT_STATE(struct vfio_pci);

/**
 * vfio_pci_of - return the PCI function of a transport
 * @t: transport
 *
 * Returns NULL for a transport of another kind.
 */
const struct vfio_pci *vfio_pci_of(const struct transport *t)
{
	return t->ops == &vfio_pci_ops ? (const void *)t->state : NULL;
}

static bool pci_matches(const char *path, const struct stat *st)
{
	char address[VFIO_ADDRESS_BYTES];

	return pci_function_is_name(path, st, address);
}

/* A function can be named by its address or by its directory in sysfs; the address is canonical. */
static bool pci_real_name(const char *path, const struct stat *st, char *real)
{
	char address[VFIO_ADDRESS_BYTES];

	if (!pci_function_is_name(path, st, address))
		return false;
	strcpy(real, address);
	return true;
}

/* fio splits filename= at colons. Recognise one of the pieces of a PCI address. */
static const char *pci_hint(const char *path)
{
	return *path && !path[strspn(path, "0123456789abcdefABCDEF.")]
		       ? "; write a PCI address as 0000\\:01\\:00.0"
		       : "";
}

static int error_gone(struct transport *t)
{
	return error_set(&t->error, -EIO, "device is gone: its registers read as all ones");
}

static void close_events(struct transport *t)
{
	size_t i;

	for (i = 0; i < TRANSPORT_EVENTS; i++) {
		if (t->event_fd[i] >= 0)
			close(t->event_fd[i]);
		t->event_fd[i] = -1;
	}
}

/*
 * Have VFIO signal events of the function. Errors of vfio_device_set_signal() are ignored, because
 * not every function supports these events.
 */
static int watch(struct transport *t)
{
	const struct vfio_device *device = &vfio_pci_state(t)->device;
	size_t i;

	for (i = 0; i < TRANSPORT_EVENTS; i++) {
		t->event_fd[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (t->event_fd[i] < 0)
			return error_set(&t->error, -errno,
					 "cannot create an eventfd for events of the device: %s",
					 strerror(errno));
	}
	vfio_device_set_signal(device, VFIO_PCI_REQ_IRQ_INDEX, t->event_fd[VFIO_PCI_REQUEST_EVENT]);
	vfio_device_set_signal(device, VFIO_PCI_ERR_IRQ_INDEX, t->event_fd[VFIO_PCI_ERROR_EVENT]);
	return 0;
}

static int find_registers(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	struct vfio_device *device = &vfio->device;
	uint8_t space[PCI_CFG_SPACE_EXP_SIZE];
	size_t bytes = vfio_device_read_space(device, space, sizeof(space));
	int ret = pci_virtio_find(&vfio->registers, space, bytes, device->bar_bytes, &t->error);

	if (ret)
		return ret;
	if (device->vectors < 2)
		return error_set(
			&t->error, -ENOTSUP,
			"device has too few interrupt vectors (MSI-X): %u; it needs one for configuration changes and one for each queue",
			device->vectors);
	ret = vfio_device_command(device, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0);
	return ret ? error_set(&t->error, ret, "cannot change the PCI command register") : 0;
}

static int pci_open(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	struct pci_function function;
	int fd, ret;

	*vfio = (struct vfio_pci){ .iommu = NULL };
	ret = pci_function_find(&function, "/sys", t->path, &t->error);
	if (ret)
		return ret;
	fd = vfio_iommu_open(&vfio->iommu, &function, &t->error);
	if (fd < 0)
		return fd;
	ret = vfio_device_init(&vfio->device, fd);
	if (ret)
		error_set(&t->error, ret, "cannot read the description of the device from VFIO: %s",
			  strerror(-ret));
	if (!ret)
		ret = find_registers(t);
	if (!ret)
		ret = watch(t);
	if (ret) {
		close_events(t);
		vfio_iommu_close(vfio->iommu, fd);
		return ret;
	}
	return 0;
}

/* Wait until a register of the common configuration is 0. Return false on a timeout. */
static bool await_zero(struct vfio_pci *vfio, uint32_t offset, unsigned int width,
		       unsigned int timeout_ms)
{
	const struct timespec step = { .tv_nsec = 1000000 };
	int64_t deadline = clock_now_ms() + timeout_ms;

	while (vfio_device_read(&vfio->device, &vfio->registers.common, offset, width)) {
		if (clock_now_ms() > deadline)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* The reset of a device is complete when its status reads as 0 (VIRTIO 1.3, 4.1.4.3.2). */
static bool await_reset(struct transport *t)
{
	return await_zero(vfio_pci_state(t), VIRTIO_PCI_COMMON_STATUS, 1, t->timeout_ms);
}

static int reset(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);

	vfio_pci_write(vfio, device_status, 0);
	if (await_reset(t))
		return 0;
	if (vfio_pci_read(vfio, device_status) == STATUS_GONE)
		return error_gone(t);
	/* The reset by the status register failed. Reset the PCI function instead. */
	if (!vfio_device_reset(&vfio->device) && await_reset(t))
		return 0;
	return error_set(&t->error, -ETIMEDOUT, "device did not complete a reset within %u ms",
			 t->timeout_ms);
}

static void pci_close(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	struct error error = t->error;
	uint32_t status = vfio_pci_read(vfio, device_status);

	if (t->timeout_ms > CLOSE_TIMEOUT_MS)
		t->timeout_ms = CLOSE_TIMEOUT_MS;
	if (status && status != STATUS_GONE)
		reset(t);
	/* Keep the earlier error: it is more important than a failure to reset. */
	t->error = error;

	vfio_device_set_vectors(&vfio->device, NULL, 0);
	vfio_device_command(&vfio->device, 0, PCI_COMMAND_MASTER);
	if (vfio->mapped)
		vfio_iommu_unmap(vfio->iommu, t->base);
	vfio->mapped = false;
	if (vfio->notify)
		vfio_device_detach(vfio->notify, vfio->notify_bytes);
	vfio->notify = NULL;
	close_events(t);
	vfio_iommu_close(vfio->iommu, vfio->device.fd);
}

/* Keep the mapping of the notification registers, which jobs use. */
static void pci_after_fork(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);

	close_events(t);
	vfio_iommu_after_fork(vfio->iommu, vfio->device.fd);
}

static int pci_get_features(struct transport *t, uint64_t *features)
{
	struct vfio_pci *vfio = vfio_pci_state(t);

	vfio_pci_write(vfio, device_feature_select, 0);
	*features = vfio_pci_read(vfio, device_feature);
	vfio_pci_write(vfio, device_feature_select, 1);
	*features |= (uint64_t)vfio_pci_read(vfio, device_feature) << 32;
	if (*features == UINT64_MAX)
		return error_gone(t);
	/* Without VIRTIO_F_ACCESS_PLATFORM, the device treats addresses as physical addresses
	 * (VIRTIO 1.3, 6.1), so it would write to memory that does not belong to this process. */
	if (*features & FEATURE(VIRTIO_F_VERSION_1) &&
	    !(*features & FEATURE(VIRTIO_F_ACCESS_PLATFORM)))
		return error_set(
			&t->error, -ENOTSUP,
			"device does not offer VIRTIO_F_ACCESS_PLATFORM: it would bypass the IOMMU and write to memory that does not belong to this process (QEMU: iommu_platform=on)");
	/* If the notification registers cannot be mapped, the kernel writes to them instead. It
	 * always writes the same value, so NOTIFICATION_DATA cannot be used. */
	if (!vfio_device_can_map(&vfio->device, &vfio->registers.notify, 1))
		*features &= ~FEATURE(VIRTIO_F_NOTIFICATION_DATA);
	if (vfio->registers.common.bytes < COMMON_Q_RESET + COMMON_Q_RESET_BYTES)
		*features &= ~FEATURE(VIRTIO_F_RING_RESET);
	return 0;
}

static int pci_set_features(struct transport *t, uint64_t features)
{
	struct vfio_pci *vfio = vfio_pci_state(t);

	if (!(features & FEATURE(VIRTIO_F_ACCESS_PLATFORM)))
		return error_set(
			&t->error, -ENOTSUP,
			"access_platform cannot be forbidden with vfio-pci (vblk_features)");
	vfio->notification_data = features & FEATURE(VIRTIO_F_NOTIFICATION_DATA);
	vfio->ring_reset = features & FEATURE(VIRTIO_F_RING_RESET);
	vfio_pci_write(vfio, guest_feature_select, 0);
	vfio_pci_write(vfio, guest_feature, (uint32_t)features);
	vfio_pci_write(vfio, guest_feature_select, 1);
	vfio_pci_write(vfio, guest_feature, (uint32_t)(features >> 32));
	return 0;
}

static int pci_get_status(struct transport *t, uint8_t *status)
{
	*status = (uint8_t)vfio_pci_read(vfio_pci_state(t), device_status);
	return *status == STATUS_GONE ? error_gone(t) : 0;
}

static int pci_set_status(struct transport *t, uint8_t status)
{
	if (!status)
		return reset(t);
	vfio_pci_write(vfio_pci_state(t), device_status, status);
	return 0;
}

/* Each queue needs an interrupt vector, and the device needs one for configuration changes. */
static int pci_queue_count(struct transport *t, uint32_t *queues)
{
	uint32_t vectors = vfio_pci_state(t)->device.vectors;

	if (vectors > VFIO_VECTORS_MAX)
		vectors = VFIO_VECTORS_MAX;
	*queues = vfio_pci_read(vfio_pci_state(t), num_queues);
	if (*queues > vectors - 1)
		*queues = vectors - 1;
	return 0;
}

static int pci_queue_size_max(struct transport *t, uint32_t index, uint32_t *size)
{
	vfio_pci_write(vfio_pci_state(t), queue_select, index);
	*size = vfio_pci_read(vfio_pci_state(t), queue_size);
	return *size ? 0
		     : error_set(&t->error, -EPROTO, "queue %u does not exist: its size is 0",
				 index);
}

static const struct iova_range *pci_ranges(const struct transport *t, size_t *count)
{
	const struct vfio_iommu *iommu = vfio_pci_of(t)->iommu;

	*count = iommu->nranges;
	return iommu->ranges;
}

static int pci_map(struct transport *t, const struct arena *arena)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	int ret = vfio_iommu_map(vfio->iommu, arena->base, arena->bytes, &t->iova, &t->error);

	t->base = arena->base;
	t->bytes = arena->bytes;
	vfio->mapped = !ret;
	return ret;
}

static int pci_unmap(struct transport *t)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	int ret = vfio_iommu_unmap(vfio->iommu, t->base);

	vfio->mapped = false;
	return ret ? error_set(&t->error, ret, "cannot unmap the memory of the device: %s",
			       strerror(-ret))
		   : 0;
}

/* A queue is disabled by a queue reset (VIRTIO 1.3, 2.6.1 and 4.1.4.3.2). */
static int pci_disable(struct transport *t, uint32_t index)
{
	struct vfio_pci *vfio = vfio_pci_state(t);

	if (!vfio->ring_reset)
		return error_set(
			&t->error, -ENOTSUP,
			"device cannot stop a single queue, because VIRTIO_F_RING_RESET was not negotiated");
	vfio_pci_write(vfio, queue_select, index);
	vfio_device_write(&vfio->device, &vfio->registers.common, COMMON_Q_RESET,
			  COMMON_Q_RESET_BYTES, 1);
	if (await_zero(vfio, COMMON_Q_RESET, COMMON_Q_RESET_BYTES, t->timeout_ms))
		return 0;
	return error_set(&t->error, -ETIMEDOUT,
			 "device did not complete the reset of queue %u within %u ms", index,
			 t->timeout_ms);
}

static bool signalled(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

static enum transport_event pci_poll_events(struct transport *t)
{
	uint8_t status;

	if (signalled(t->event_fd[VFIO_PCI_REQUEST_EVENT])) {
		error_set(
			&t->error, -EIO,
			"device is being removed or unbound from its driver: the kernel requested its release");
		return TRANSPORT_EVENT_LOST;
	}
	if (signalled(t->event_fd[VFIO_PCI_ERROR_EVENT])) {
		error_set(&t->error, -EIO,
			  "a PCI error of the device was reported (see the kernel log)");
		return TRANSPORT_EVENT_LOST;
	}
	if (!signalled(t->event_fd[VFIO_PCI_CONFIG_EVENT]))
		return TRANSPORT_EVENT_NONE;
	if (pci_get_status(t, &status))
		return TRANSPORT_EVENT_LOST;
	if (!(status & VIRTIO_CONFIG_S_NEEDS_RESET))
		return TRANSPORT_EVENT_NONE;
	error_set(&t->error, -EIO, "device has failed and needs a reset (DEVICE_NEEDS_RESET)");
	return TRANSPORT_EVENT_LOST;
}

const struct transport_ops vfio_pci_ops = {
	.description = "a PCI function of vfio-pci",
	.features = FEATURE(VIRTIO_F_ACCESS_PLATFORM) | FEATURE(VIRTIO_F_ORDER_PLATFORM) |
		    FEATURE(VIRTIO_F_NOTIFICATION_DATA) | FEATURE(VIRTIO_F_RING_RESET),
	.queues_max = VFIO_VECTORS_MAX - 1,
	.matches = pci_matches,
	.real_name = pci_real_name,
	.hint = pci_hint,
	.open = pci_open,
	.close = pci_close,
	.after_fork = pci_after_fork,
	.get_features = pci_get_features,
	.set_features = pci_set_features,
	.get_status = pci_get_status,
	.set_status = pci_set_status,
	.read_config = vfio_pci_read_config,
	.write_config = vfio_pci_write_config,
	.queue_count = pci_queue_count,
	.queue_size_max = pci_queue_size_max,
	.ranges = pci_ranges,
	.map = pci_map,
	.unmap = pci_unmap,
	.start = vfio_pci_start,
	.disable = pci_disable,
	.poll_events = pci_poll_events,
};
