// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include <linux/virtio_blk.h>

#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_status.h"
#include "vhost/blk/blk_zone.h"
#include "virtq/base.h"

/* Indexed by status; only zoned devices use ZONE_INVALID_CMD and the values after it. */
static const struct {
	int error;
	const char *name;
} statuses[] = {
	[VIRTIO_BLK_S_OK] = { 0, "OK" },
	[VIRTIO_BLK_S_IOERR] = { EIO, "IOERR" },
	[VIRTIO_BLK_S_UNSUPP] = { ENOTSUP, "UNSUPP" },
	[BLK_S_ZONE_INVALID_CMD] = { EINVAL, "ZONE_INVALID_CMD" },
	[BLK_S_ZONE_UNALIGNED_WP] = { EIO, "ZONE_UNALIGNED_WP" },
	/* The kernel's block layer uses the same errno values for these two statuses. */
	[BLK_S_ZONE_OPEN_RESOURCE] = { ETOOMANYREFS, "ZONE_OPEN_RESOURCE" },
	[BLK_S_ZONE_ACTIVE_RESOURCE] = { EOVERFLOW, "ZONE_ACTIVE_RESOURCE" },
};

#define STATUSES ARRAY_SIZE(statuses)

/**
 * blk_status_error - convert a status byte to an errno
 * @status: status that the device wrote, or BLK_STATUS_NONE if it wrote none
 * @zoned: true if VIRTIO_BLK_F_ZONED was negotiated
 *
 * Returns 0 or a positive errno: EIO, ENOTSUP, an errno of a zone status, or EPROTO for a value
 * that the specification does not define (REQ-6).
 */
int blk_status_error(uint8_t status, bool zoned)
{
	if (status >= STATUSES || (status >= BLK_S_ZONE_INVALID_CMD && !zoned))
		return EPROTO;
	return statuses[status].error;
}

/**
 * blk_status_name - get the name of a status in the specification, without VIRTIO_BLK_S_
 * @status: status
 *
 * Returns NULL if the specification does not define the status.
 */
const char *blk_status_name(uint8_t status)
{
	return status < STATUSES ? statuses[status].name : NULL;
}

/**
 * blk_status_describe - describe the status of a completed request in a message
 * @status: status that the device wrote, or BLK_STATUS_NONE if it wrote none
 * @text: filled in
 * @bytes: size of @text
 */
void blk_status_describe(uint8_t status, char *text, size_t bytes)
{
	const char *name = blk_status_name(status);

	if (status == BLK_STATUS_NONE)
		snprintf(text, bytes,
			 "the device completed the request without writing its status");
	else
		snprintf(text, bytes, "the device answered with status %u%s%s%s", status,
			 name ? " (" : "", name ? name : "", name ? ")" : "");
}
