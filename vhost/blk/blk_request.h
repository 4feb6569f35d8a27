/* SPDX-License-Identifier: GPL-2.0-only */
/* Header and status of a virtio-blk request, before and after its data (VIRTIO 1.3, 5.2.6). */
#ifndef VHOST_BLK_BLK_REQUEST_H
#define VHOST_BLK_BLK_REQUEST_H

#include <linux/virtio_blk.h>

#include "virtq/virtq.h"

/* The unit of offsets and lengths in requests, independent of the logical block size. */
#define BLK_SECTOR_BYTES 512u

#define BLK_HEADER_BYTES sizeof(struct virtio_blk_outhdr)
#define BLK_STATUS_BYTES 1u

/*
 * Poison for the status byte: a value that is not a status. The driver stores the poison before it
 * submits the request, to detect a device that completes the request without writing a status.
 */
#define BLK_STATUS_NONE 0xffu

/**
 * blk_request_begin - write the header of a request and poison its status, before virtq_add()
 * @slot: slot of the request
 * @type: request type, VIRTIO_BLK_T_*
 * @sector: first sector; 0 for requests without a position (REQ-8)
 */
static inline void blk_request_begin(struct virtq_slot *slot, uint32_t type, uint64_t sector)
{
	uint64_t *header = (uint64_t *)slot->header;

	/* One store writes the type and the reserved field, which is 0 (REQ-1). */
	header[0] = htole64(type);
	header[1] = htole64(sector);
	*slot->footer = BLK_STATUS_NONE;
}

#endif
