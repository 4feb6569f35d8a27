/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the several kinds of virtio-blk requests have in common
 */
#ifndef T_VBLK_DEVICE_REQUEST_H
#define T_VBLK_DEVICE_REQUEST_H

#include <string.h>

#include "t/vblk-device/vblk-device.h"

#define VDEV_HDR_BYTES sizeof(struct virtio_blk_outhdr)

/**
 * struct vdev_buffers - a request's data, its header and status taken away
 * @out: device-readable buffers
 * @in: device-writable ones
 * @nr_out: how many
 * @nr_in: how many
 * @out_bytes: their bytes
 * @in_bytes: their bytes
 */
struct vdev_buffers {
	struct iovec *out, *in;
	unsigned int nr_out, nr_in;
	uint64_t out_bytes, in_bytes;
};

/**
 * vdev_negotiated - was a feature negotiated?
 * @q: queue
 * @bit: the feature's bit
 */
static inline bool vdev_negotiated(const struct vdev_queue *q, unsigned int bit)
{
	return q->features >> bit & 1;
}

/**
 * vdev_take - take bytes off the front of a list of buffers
 * @iov: list, moved on
 * @nr: its length, updated
 * @to: where they go
 * @len: how many; the caller knows that they are there
 */
static inline void vdev_take(struct iovec **iov, unsigned int *nr, void *to, size_t len)
{
	uint8_t *p = to;

	/* The one layout that every driver uses: the header is a descriptor of its own. */
	if (vdev_likely(len == VDEV_HDR_BYTES && (*iov)->iov_len == VDEV_HDR_BYTES)) {
		memcpy(to, (*iov)->iov_base, VDEV_HDR_BYTES);
		(*iov)++;
		(*nr)--;
		return;
	}
	while (len) {
		size_t part = (*iov)->iov_len < len ? (*iov)->iov_len : len;

		memcpy(p, (*iov)->iov_base, part);
		p += part;
		len -= part;
		(*iov)->iov_base = (uint8_t *)(*iov)->iov_base + part;
		(*iov)->iov_len -= part;
		if (!(*iov)->iov_len) {
			(*iov)++;
			(*nr)--;
		}
	}
}

/**
 * vdev_fill - copy bytes to the front of a list of buffers, and zero what is left of it
 * @iov: list
 * @nr: its length
 * @from: bytes
 * @len: how many; what does not fit is left out
 */
static inline void vdev_fill(const struct iovec *iov, unsigned int nr, const void *from, size_t len)
{
	const uint8_t *p = from;

	for (; nr; iov++, nr--) {
		size_t part = iov->iov_len < len ? iov->iov_len : len;

		if (part) {
			memcpy(iov->iov_base, p, part);
			p += part;
			len -= part;
		}
		memset((uint8_t *)iov->iov_base + part, 0, iov->iov_len - part);
	}
}

/**
 * vdev_status - a request's status, of what the store returned
 * @ret: 0 or a negative errno
 */
static inline uint8_t vdev_status(int ret)
{
	return ret ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

bool vdev_range_ok(const struct vdev_queue *q, const char *what, uint64_t sector, uint64_t bytes);
bool vdev_segments_ok(const struct vdev_queue *q, const struct vdev_chain *c, const char *what,
		      uint64_t bytes);
bool vdev_write_allowed(const struct vdev_queue *q, const char *what);

uint8_t vdev_ranges_execute(const struct vdev_queue *q, uint32_t type, uint64_t hdr_sector,
			    struct vdev_buffers *b);

#endif
