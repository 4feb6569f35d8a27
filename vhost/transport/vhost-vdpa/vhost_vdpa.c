// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport for a vhost-vdpa device of the kernel (/dev/vhost-vdpa-N).
 *
 * After VHOST_SET_OWNER, the kernel uses the address space of the process that called it. Therefore
 * only the process that sets up the device calls these functions. The processes that it forks
 * notify the device through eventfds.
 */
#include <errno.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhost/transport/clock.h"
#include "vhost/transport/vhost-vdpa/vhost_vdpa.h"
#include "virtq/base.h"
#include "virtq/virtq.h"

/* Not defined in the kernel headers of the oldest supported systems. */
#ifndef VHOST_VDPA_GET_CONFIG_SIZE
#define VHOST_VDPA_GET_CONFIG_SIZE _IOR(VHOST_VIRTIO, 0x79, __u32)
#endif
#ifndef VHOST_VDPA_GET_VQS_COUNT
#define VHOST_VDPA_GET_VQS_COUNT _IOR(VHOST_VIRTIO, 0x80, __u32)
#endif
#ifndef VIRTIO_F_ORDER_PLATFORM
#define VIRTIO_F_ORDER_PLATFORM 36
#endif

#define BACKEND_FEATURE(bit) (1ull << (bit))

/* Maximum number of bytes of the configuration space in one request. */
#define CONFIG_BYTES_MAX 256u

/* Interval between two reads of the status of a device that is being reset. */
#define STEP_MS 2

/* Request to access the configuration space, followed by the data read or written. */
union config_request {
	struct vhost_vdpa_config head;
	uint8_t bytes[sizeof(struct vhost_vdpa_config) + CONFIG_BYTES_MAX];
};

TRANSPORT_ASSERT_STATE(struct vhost_vdpa);

/* Call an ioctl. The error message consists of the name of the ioctl and the errno. */
static int do_ioctl(struct transport *t, unsigned long request, const char *name, void *arg)
{
	if (ioctl(vhost_vdpa_state(t)->fd, request, arg) >= 0)
		return 0;
	return error_set(&t->error, -errno, "%s: %s", name, strerror(errno));
}

#define IOCTL(t, request, arg) do_ioctl(t, request, #request, arg)

static const char *device_name(uint32_t id)
{
	switch (id) {
	case VIRTIO_ID_NET:
		return "a network device";
	case VIRTIO_ID_CONSOLE:
		return "a console";
	case VIRTIO_ID_SCSI:
		return "a SCSI host";
	case VIRTIO_ID_FS:
		return "a file system";
	default:
		return "a device of another kind";
	}
}

static int check_is_block(struct transport *t)
{
	uint32_t id;
	int ret = IOCTL(t, VHOST_VDPA_GET_DEVICE_ID, &id);

	if (ret || id == VIRTIO_ID_BLOCK)
		return ret;
	return error_set(&t->error, -ENODEV, "is %s (virtio device %u), not a block device",
			 device_name(id), id);
}

static int negotiate_backend_features(struct transport *t)
{
	uint64_t want = BACKEND_FEATURE(VHOST_BACKEND_F_IOTLB_MSG_V2) |
			BACKEND_FEATURE(VHOST_BACKEND_F_IOTLB_BATCH);
	uint64_t features;
	int ret = IOCTL(t, VHOST_GET_BACKEND_FEATURES, &features);

	if (ret)
		return ret;
	if (!(features & BACKEND_FEATURE(VHOST_BACKEND_F_IOTLB_MSG_V2)))
		return error_set(
			&t->error, -ENOTSUP,
			"kernel does not offer VHOST_BACKEND_F_IOTLB_MSG_V2 for this device");
	features &= want;
	vhost_vdpa_state(t)->batch = features & BACKEND_FEATURE(VHOST_BACKEND_F_IOTLB_BATCH);
	return IOCTL(t, VHOST_SET_BACKEND_FEATURES, &features);
}

static void close_fds(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);

	if (vdpa->fd >= 0)
		close(vdpa->fd);
	if (vdpa->config_fd >= 0)
		close(vdpa->config_fd);
	if (vdpa->node_fd >= 0)
		close(vdpa->node_fd);
	vdpa->fd = vdpa->config_fd = vdpa->node_fd = -1;
}

static int watch(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);

	vdpa->config_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vdpa->config_fd < 0)
		return error_set(&t->error, -errno,
				 "cannot create an eventfd for notifications: %s", strerror(errno));
	vdpa->node_fd = vhost_vdpa_node_watch(t->path);
	t->event_fd[0] = vdpa->config_fd;
	t->event_fd[1] = vdpa->node_fd;
	return 0;
}

static int vdpa_open(struct transport *t)
{
	int ret;

	*vhost_vdpa_state(t) = (struct vhost_vdpa){ .fd = -1, .config_fd = -1, .node_fd = -1 };
	ret = vhost_vdpa_node_open(t);
	if (ret)
		return ret;
	ret = check_is_block(t);
	if (!ret)
		ret = IOCTL(t, VHOST_SET_OWNER, NULL);
	if (!ret)
		ret = negotiate_backend_features(t);
	if (!ret)
		ret = watch(t);
	if (ret)
		close_fds(t);
	else
		vhost_vdpa_read_range(t);
	return ret;
}

static int vdpa_get_features(struct transport *t, uint64_t *features)
{
	return IOCTL(t, VHOST_GET_FEATURES, features);
}

static int vdpa_set_features(struct transport *t, uint64_t features)
{
	return IOCTL(t, VHOST_SET_FEATURES, &features);
}

static int vdpa_get_status(struct transport *t, uint8_t *status)
{
	return IOCTL(t, VHOST_VDPA_GET_STATUS, status);
}

static int vdpa_set_status(struct transport *t, uint8_t status)
{
	int64_t deadline = clock_now_ms() + t->timeout_ms;
	int ret = IOCTL(t, VHOST_VDPA_SET_STATUS, &status);

	if (ret || status)
		return ret;
	/* A reset is complete when the status reads as 0 (VIRTIO 1.3, 2.4.2). */
	for (;;) {
		ret = vdpa_get_status(t, &status);
		if (ret || !status)
			return ret;
		if (clock_now_ms() >= deadline)
			return error_set(&t->error, -ETIMEDOUT, "device was not reset within %u ms",
					 t->timeout_ms);
		poll(NULL, 0, STEP_MS);
	}
}

/* The kernel ensures that all bytes of a read belong to one configuration generation (CONF-1). */
static int vdpa_read_config(struct transport *t, void *config, uint32_t bytes, uint32_t *got)
{
	union config_request request = { 0 };
	uint32_t most;
	int ret;

	*got = 0;
	/* Older kernels do not report the size, and reject a request that is too long. */
	if (!ioctl(vhost_vdpa_state(t)->fd, VHOST_VDPA_GET_CONFIG_SIZE, &most) && most < bytes)
		bytes = most;
	request.head.len = bytes < CONFIG_BYTES_MAX ? bytes : CONFIG_BYTES_MAX;
	ret = IOCTL(t, VHOST_VDPA_GET_CONFIG, &request);
	if (ret)
		return ret == -E2BIG ? 0 : ret;
	*got = request.head.len;
	memcpy(config, request.head.buf, *got);
	return 0;
}

static int vdpa_write_config(struct transport *t, uint32_t offset, const void *data, uint32_t bytes)
{
	union config_request request = { .head = { .off = offset, .len = bytes } };

	memcpy(request.head.buf, data, bytes);
	return IOCTL(t, VHOST_VDPA_SET_CONFIG, &request);
}

/* Kernels before 6.0 do not report the number of queues. */
static int vdpa_queue_count(struct transport *t, uint32_t *queues)
{
	*queues = 0;
	if (ioctl(vhost_vdpa_state(t)->fd, VHOST_VDPA_GET_VQS_COUNT, queues) < 0)
		*queues = UINT32_MAX;
	return 0;
}

static int vdpa_queue_size_max(struct transport *t, uint32_t index, uint32_t *size)
{
	uint16_t most;
	int ret = IOCTL(t, VHOST_VDPA_GET_VRING_NUM, &most);

	(void)index;
	*size = most;
	return ret;
}

static int set_base(struct transport *t, uint32_t index, uint32_t at)
{
	struct vhost_vring_state base = { .index = index, .num = at };
	int ret = IOCTL(t, VHOST_SET_VRING_BASE, &base);

	/* Older kernels support this ioctl only for split rings. A packed ring starts at this
	 * position by default. */
	return ret == -EINVAL && at == VIRTQ_BASE_PACKED ? 0 : ret;
}

/* For vhost-vdpa, the *_user_addr fields contain I/O virtual addresses. */
static int describe_queue(struct transport *t, uint32_t index, const struct transport_queue *q)
{
	struct vhost_vring_state num = { .index = index, .num = q->size };
	struct vhost_vring_file kick = { .index = index, .fd = q->kick_fd };
	struct vhost_vring_file call = { .index = index, .fd = q->call_fd };
	struct vhost_vring_addr addr = {
		.index = index,
		.desc_user_addr = transport_iova(t, q->addr.desc),
		.avail_user_addr = transport_iova(t, q->addr.driver),
		.used_user_addr = transport_iova(t, q->addr.device),
	};
	int ret;

	if (q->size & (q->size - 1))
		return error_set(
			&t->error, -EINVAL,
			"ring size is not a power of two, which vhost-vdpa requires (vblk_queue_size)");
	ret = IOCTL(t, VHOST_SET_VRING_NUM, &num);
	if (!ret)
		ret = IOCTL(t, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = set_base(t, index, q->base);
	if (!ret)
		ret = IOCTL(t, VHOST_SET_VRING_CALL, &call);
	if (!ret)
		ret = IOCTL(t, VHOST_SET_VRING_KICK, &kick);
	return ret;
}

static int vdpa_start(struct transport *t, struct transport_queue *queues, uint32_t count)
{
	int ret = IOCTL(t, VHOST_VDPA_SET_CONFIG_CALL, &vhost_vdpa_state(t)->config_fd);
	uint32_t i;

	for (i = 0; i < count && !ret; i++) {
		struct vhost_vring_state enable = { .index = i, .num = 1 };

		ret = describe_queue(t, i, &queues[i]);
		if (!ret)
			ret = IOCTL(t, VHOST_VDPA_SET_VRING_ENABLE, &enable);
		if (ret)
			return error_set(&t->error, ret, "queue %u, a ring of %u: %s", i,
					 queues[i].size, t->error.text);
		queues[i].kick =
			(struct transport_kick){ .fd = queues[i].kick_fd, .index = (uint16_t)i };
	}
	return ret;
}

/*
 * Configuration changes need no action, but a device that needs a reset also sends a configuration
 * change notification (VIRTIO 1.3, 2.1.2).
 */
static enum transport_event vdpa_poll_events(struct transport *t)
{
	_Alignas(struct inotify_event) char events[512];
	uint64_t count;
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);
	uint8_t status;

	if ((read(vdpa->config_fd, &count, sizeof(count)) < 0 && errno != EAGAIN) ||
	    (vdpa->node_fd >= 0 && read(vdpa->node_fd, events, sizeof(events)) < 0 &&
	     errno != EAGAIN)) {
		error_set(&t->error, -EIO, "cannot read events of the device: %s", strerror(errno));
		return TRANSPORT_EVENT_LOST;
	}
	if (vhost_vdpa_node_gone(t)) {
		error_set(&t->error, -ENODEV, "device was removed");
		return TRANSPORT_EVENT_LOST;
	}
	if (vdpa_get_status(t, &status))
		return TRANSPORT_EVENT_LOST;
	if (!(status & VIRTIO_CONFIG_S_NEEDS_RESET))
		return TRANSPORT_EVENT_NONE;
	error_set(&t->error, -EIO, "device has failed and needs a reset (DEVICE_NEEDS_RESET)");
	return TRANSPORT_EVENT_LOST;
}

/* The device may still access the memory. Reset the device before the memory is unmapped. */
static void vdpa_close(struct transport *t)
{
	uint8_t reset = 0;

	if (vhost_vdpa_state(t)->mapped &&
	    !ioctl(vhost_vdpa_state(t)->fd, VHOST_VDPA_SET_STATUS, &reset))
		vhost_vdpa_unmap(t);
	close_fds(t);
}

const struct transport_ops vhost_vdpa_ops = {
	.description = "a vhost-vdpa device",
	.features = FEATURE(VIRTIO_F_ACCESS_PLATFORM) | FEATURE(VIRTIO_F_ORDER_PLATFORM),
	.matches = vhost_vdpa_node_matches,
	.open = vdpa_open,
	.close = vdpa_close,
	.after_fork = close_fds,
	.get_features = vdpa_get_features,
	.set_features = vdpa_set_features,
	.get_status = vdpa_get_status,
	.set_status = vdpa_set_status,
	.read_config = vdpa_read_config,
	.write_config = vdpa_write_config,
	.queue_count = vdpa_queue_count,
	.queue_size_max = vdpa_queue_size_max,
	.ranges = vhost_vdpa_ranges,
	.map = vhost_vdpa_map,
	.unmap = vhost_vdpa_unmap,
	.start = vdpa_start,
	.poll_events = vdpa_poll_events,
};
