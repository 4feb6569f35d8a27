/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations shared by all types of virtio-blk requests */
#ifndef T_VBLK_DEVICE_REQUEST_H
#define T_VBLK_DEVICE_REQUEST_H

#include <string.h>

#include "t/vblk-device/vblk-device.h"

#define VDEV_HDR_BYTES sizeof(struct virtio_blk_outhdr)

/**
 * struct vdev_buffers - data of a request, without its header and status
 * @out: device-readable buffers
 * @in: device-writable buffers
 * @nr_out: number of entries in @out
 * @nr_in: number of entries in @in
 * @out_bytes: total length of the device-readable data
 * @in_bytes: total length of the device-writable data
 */
struct vdev_buffers {
	struct iovec *out, *in;
	unsigned int nr_out, nr_in;
	uint64_t out_bytes, in_bytes;
};

/**
 * vdev_negotiated - return true if a feature was negotiated
 * @q: queue
 * @bit: bit number of the feature
 */
static inline bool vdev_negotiated(const struct vdev_queue *q, unsigned int bit)
{
	return q->features >> bit & 1;
}

/**
 * vdev_take - copy bytes from the front of a list of buffers and remove them
 * @iov: list of buffers; advanced
 * @nr: number of entries in the list; updated
 * @to: where to copy the bytes
 * @len: number of bytes; the caller has checked that the list has as many
 */
static inline void vdev_take(struct iovec **iov, unsigned int *nr, void *to, size_t len)
{
	uint8_t *p = to;

	/* Fast path for the layout that all drivers use: a header with its own descriptor. */
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
 * vdev_fill - copy bytes to the front of a list of buffers and zero the rest
 * @iov: list of buffers
 * @nr: number of entries in the list
 * @from: bytes to copy
 * @len: number of bytes to copy; bytes that do not fit are dropped
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
 * vdev_status - convert the result of a store function to a request status
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
