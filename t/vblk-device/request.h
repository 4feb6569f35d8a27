/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the several kinds of virtio-blk requests have in common
 */
#ifndef VBLK_DEVICE_REQUEST_H
#define VBLK_DEVICE_REQUEST_H

#include <string.h>

#include "t/vblk-device/vblk-device.h"

#define VBLK_HDR_BYTES sizeof(struct virtio_blk_outhdr)

/**
 * struct vblk_buffers - a request's data, its header and status taken away
 * @out: device-readable buffers
 * @in: device-writable ones
 * @nr_out: how many
 * @nr_in: how many
 * @out_bytes: their bytes
 * @in_bytes: their bytes
 */
struct vblk_buffers {
	struct iovec *out, *in;
	unsigned int nr_out, nr_in;
	uint64_t out_bytes, in_bytes;
};

/**
 * vblk_negotiated - was a feature negotiated?
 * @q: queue
 * @bit: the feature's bit
 */
static inline bool vblk_negotiated(const struct vblk_queue *q, unsigned int bit)
{
	return q->features >> bit & 1;
}

/**
 * vblk_take - take bytes off the front of a list of buffers
 * @iov: list, moved on
 * @nr: its length, updated
 * @to: where they go
 * @len: how many; the caller knows that they are there
 */
static inline void vblk_take(struct iovec **iov, unsigned int *nr, void *to, size_t len)
{
	uint8_t *p = to;

	/* The one layout that every driver uses: the header is a descriptor of its own. */
	if (vblk_likely(len == VBLK_HDR_BYTES && (*iov)->iov_len == VBLK_HDR_BYTES)) {
		memcpy(to, (*iov)->iov_base, VBLK_HDR_BYTES);
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
 * vblk_fill - copy bytes to the front of a list of buffers, and zero what is left of it
 * @iov: list
 * @nr: its length
 * @from: bytes
 * @len: how many; what does not fit is left out
 */
static inline void vblk_fill(const struct iovec *iov, unsigned int nr, const void *from, size_t len)
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
 * vblk_status - a request's status, of what the store returned
 * @ret: 0 or a negative errno
 */
static inline uint8_t vblk_status(int ret)
{
	return ret ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

bool vblk_range_ok(const struct vblk_queue *q, const char *what, uint64_t sector, uint64_t bytes);
bool vblk_segments_ok(const struct vblk_queue *q, const struct vblk_chain *c, const char *what,
		      uint64_t bytes);
bool vblk_write_allowed(const struct vblk_queue *q, const char *what);

uint8_t vblk_ranges_execute(const struct vblk_queue *q, uint32_t type, uint64_t hdr_sector,
			    struct vblk_buffers *b);

#endif
