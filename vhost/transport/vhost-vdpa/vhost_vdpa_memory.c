// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a vhost-vdpa device: the usable I/O virtual addresses, and the mapping of the arena. */
#include <errno.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhost/transport/memlock.h"
#include "vhost/transport/vhost-vdpa/vhost_vdpa.h"

/**
 * vhost_vdpa_read_range - read the range of I/O virtual addresses that the device can use
 * @t: transport, open
 *
 * Kernels before 5.11 do not report the range. Then all addresses are assumed to be usable, and
 * mapping the arena fails if this is wrong.
 */
void vhost_vdpa_read_range(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);
	struct vhost_vdpa_iova_range range = { 0 };

	vdpa->range = (struct iova_range){ .last = UINT64_MAX };
	if (!ioctl(vdpa->fd, VHOST_VDPA_GET_IOVA_RANGE, &range))
		vdpa->range = (struct iova_range){ range.first, range.last };
}

/**
 * vhost_vdpa_ranges - return the ranges of I/O virtual addresses that the device can use
 * @t: transport, open
 * @count: set to the number of ranges
 */
const struct iova_range *vhost_vdpa_ranges(const struct transport *t, size_t *count)
{
	const struct vhost_vdpa *vdpa = (const void *)t->state;

	*count = 1;
	return &vdpa->range;
}

static int send_iotlb(struct transport *t, uint8_t type)
{
	struct vhost_msg_v2 msg = {
		.type = VHOST_IOTLB_MSG_V2,
		.iotlb = { .type = type },
	};
	ssize_t n;

	if (type == VHOST_IOTLB_UPDATE || type == VHOST_IOTLB_INVALIDATE) {
		msg.iotlb.iova = t->iova;
		msg.iotlb.size = t->bytes;
	}
	if (type == VHOST_IOTLB_UPDATE) {
		msg.iotlb.uaddr = (uintptr_t)t->base;
		msg.iotlb.perm = VHOST_ACCESS_RW;
	}
	n = write(vhost_vdpa_state(t)->fd, &msg, sizeof(msg));
	if (n == (ssize_t)sizeof(msg))
		return 0;
	return n < 0 ? -errno : -EIO;
}

/* Send a change of the device's mapping, as a batch if the kernel supports batches. */
static int change_memory(struct transport *t, uint8_t type)
{
	bool batch = vhost_vdpa_state(t)->batch;
	int ret = batch ? send_iotlb(t, VHOST_IOTLB_BATCH_BEGIN) : 0, end = 0;

	if (ret)
		return ret;
	ret = send_iotlb(t, type);
	if (batch)
		end = send_iotlb(t, VHOST_IOTLB_BATCH_END);
	return ret ? ret : end;
}

/*
 * Handle a failure to map the arena: raise RLIMIT_MEMLOCK if it is too low and try again. The limit
 * is not checked in advance, because the kernel does not report whether the device needs pinned
 * memory. The error code of the kernel does not distinguish the limit from other reasons.
 */
static int map_again(struct transport *t, int ret)
{
	struct error limit;

	if (!memlock_check(MEMLOCK_PINNED, t->bytes, &limit))
		return error_set(&t->error, ret,
				 "cannot map %llu bytes of memory for the device: %s",
				 (unsigned long long)t->bytes, strerror(-ret));
	if (memlock_raise(MEMLOCK_PINNED, t->bytes) && !change_memory(t, VHOST_IOTLB_UPDATE))
		return 0;
	t->error = limit;
	return -ENOMEM;
}

/**
 * vhost_vdpa_map - map the arena for the device
 * @t: transport, open
 * @arena: arena
 */
int vhost_vdpa_map(struct transport *t, const struct arena *arena)
{
	int ret = iova_choose(&vhost_vdpa_state(t)->range, 1, arena->bytes, &t->iova, &t->error);

	if (ret)
		return ret;
	t->base = arena->base;
	t->bytes = arena->bytes;
	ret = change_memory(t, VHOST_IOTLB_UPDATE);
	if (ret)
		ret = map_again(t, ret);
	vhost_vdpa_state(t)->mapped = !ret;
	return ret;
}

/**
 * vhost_vdpa_unmap - remove the mapping of the arena
 * @t: transport; the device must be stopped
 */
int vhost_vdpa_unmap(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);
	int ret = vdpa->mapped ? change_memory(t, VHOST_IOTLB_INVALIDATE) : 0;

	vdpa->mapped = false;
	return ret ? error_set(&t->error, ret, "cannot unmap the memory of the device: %s",
			       strerror(-ret))
		   : 0;
}
