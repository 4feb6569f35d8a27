// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include <linux/virtio_blk.h>

#include "vhost/blk/blk_request.h"
#include "vhost/blk/blk_status.h"
#include "vhost/blk/blk_zone.h"
#include "virtq/base.h"

/* By status; those from ZONE_INVALID_CMD on exist on zoned devices only. */
static const struct {
	int error;
	const char *name;
} statuses[] = {
	[VIRTIO_BLK_S_OK] = { 0, "OK" },
	[VIRTIO_BLK_S_IOERR] = { EIO, "IOERR" },
	[VIRTIO_BLK_S_UNSUPP] = { ENOTSUP, "UNSUPP" },
	[BLK_S_ZONE_INVALID_CMD] = { EINVAL, "ZONE_INVALID_CMD" },
	[BLK_S_ZONE_UNALIGNED_WP] = { EIO, "ZONE_UNALIGNED_WP" },
	/* As the kernel's block layer has them. */
	[BLK_S_ZONE_OPEN_RESOURCE] = { ETOOMANYREFS, "ZONE_OPEN_RESOURCE" },
	[BLK_S_ZONE_ACTIVE_RESOURCE] = { EOVERFLOW, "ZONE_ACTIVE_RESOURCE" },
};

#define STATUSES ARRAY_SIZE(statuses)

/**
 * blk_status_error - the error a status stands for
 * @status: byte the device wrote, or BLK_STATUS_NONE when it wrote none
 * @zoned: VIRTIO_BLK_F_ZONED was negotiated
 *
 * Returns 0 or a positive errno: EIO, ENOTSUP, those of zones, and EPROTO for anything that the
 * specification does not define (REQ-6).
 */
int blk_status_error(uint8_t status, bool zoned)
{
	if (status >= STATUSES || (status >= BLK_S_ZONE_INVALID_CMD && !zoned))
		return EPROTO;
	return statuses[status].error;
}

/**
 * blk_status_name - a status's name in the specification, without its prefix
 * @status: status
 *
 * Returns NULL for one that the specification does not define.
 */
const char *blk_status_name(uint8_t status)
{
	return status < STATUSES ? statuses[status].name : NULL;
}

/**
 * blk_status_describe - what a device did to a request, for people
 * @status: byte it wrote, or BLK_STATUS_NONE when it wrote none
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
