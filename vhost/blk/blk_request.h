/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio-blk request's two ends: the header before its data, the status behind
 * (VIRTIO 1.3, 5.2.6). */
#ifndef VHOST_BLK_BLK_REQUEST_H
#define VHOST_BLK_BLK_REQUEST_H

#include <linux/virtio_blk.h>

#include "virtq/virtq.h"

/* Requests count in these whatever the logical block size is. */
#define BLK_SECTOR_BYTES 512u

#define BLK_HEADER_BYTES sizeof(struct virtio_blk_outhdr)
#define BLK_STATUS_BYTES 1u

/* A status byte that no device writes: put there before submission, so that silence is found out.
 */
#define BLK_STATUS_NONE 0xffu

/**
 * blk_request_begin - write header and status of a request, before virtq_add()
 * @slot: its slot
 * @type: VIRTIO_BLK_T_
 * @sector: where it begins; 0 for requests that have no place (REQ-8)
 */
static inline void blk_request_begin(struct virtq_slot *slot, uint32_t type, uint64_t sector)
{
	uint64_t *header = (uint64_t *)slot->header;

	/* The type, and the reserved field that is 0 (REQ-1), in one store. */
	header[0] = htole64(type);
	header[1] = htole64(sector);
	*slot->footer = BLK_STATUS_NONE;
}

#endif
