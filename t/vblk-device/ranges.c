/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests with a list of ranges instead of data: DISCARD, WRITE_ZEROES, SECURE_ERASE */
#include <endian.h>

#include "t/vblk-device/request.h"
#include "t/vblk-device/zoned.h"

#define RANGE_BYTES sizeof(struct virtio_blk_discard_write_zeroes)

/* Limits of one type of range request, as in the configuration space. */
struct range_limits {
	const char *what;
	unsigned int feature;
	uint32_t max_sectors, max_seg, align_sectors;
};

static struct range_limits limits_of(uint32_t type)
{
	switch (type) {
	case VIRTIO_BLK_T_DISCARD:
		return (struct range_limits){ "DISCARD", VIRTIO_BLK_F_DISCARD,
					      vdev_opt.max_discard_sectors,
					      vdev_opt.max_discard_seg,
					      vdev_opt.discard_align_sectors };
	case VIRTIO_BLK_T_SECURE_ERASE:
		return (struct range_limits){ "SECURE_ERASE", VIRTIO_BLK_F_SECURE_ERASE,
					      vdev_opt.max_secure_erase_sectors,
					      vdev_opt.max_secure_erase_seg,
					      vdev_opt.secure_erase_align_sectors };
	default:
		return (struct range_limits){ "WRITE_ZEROES", VIRTIO_BLK_F_WRITE_ZEROES,
					      vdev_opt.max_write_zeroes_sectors,
					      vdev_opt.max_write_zeroes_seg, 1 };
	}
}

static uint8_t range_check(const struct vdev_queue *q, const struct range_limits *l, uint32_t type,
			   uint64_t sector, uint32_t sectors, uint32_t flags)
{
	uint32_t known = type == VIRTIO_BLK_T_WRITE_ZEROES ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;

	if (flags & ~known) {
		vdev_rule("REQ-5", "queue %u: %s with invalid flags 0x%x", q->index, l->what,
			  flags);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (sectors > l->max_sectors) {
		vdev_rule("REQ-5", "queue %u: %s of %u sectors, at most %u are allowed", q->index,
			  l->what, sectors, l->max_sectors);
		return VIRTIO_BLK_S_IOERR;
	}
	if (!vdev_range_ok(q, l->what, sector, (uint64_t)sectors * VDEV_SECTOR_BYTES))
		return VIRTIO_BLK_S_IOERR;
	/*
	 * For DISCARD, the alignment is only a hint, and an unaligned range may be what the user of
	 * the driver asked for. Report it only with --strict-alignment.
	 */
	if ((type == VIRTIO_BLK_T_SECURE_ERASE || vdev_opt.strict_alignment) &&
	    (sector % l->align_sectors || sectors % l->align_sectors) &&
	    sector + sectors != vdev_store.size_bytes / VDEV_SECTOR_BYTES)
		vdev_rule("REQ-5",
			  "queue %u: %s of %u sectors at sector %llu is not aligned to %u sectors",
			  q->index, l->what, sectors, (unsigned long long)sector, l->align_sectors);
	return VIRTIO_BLK_S_OK;
}

static uint8_t execute_range(const struct vdev_queue *q, uint32_t type, uint64_t sector,
			     uint32_t sectors, bool unmap)
{
	if (vdev_negotiated(q, VDEV_F_ZONED))
		return type == VIRTIO_BLK_T_SECURE_ERASE
			       ? vdev_zoned_erase(q, sector, sectors)
			       : vdev_zoned_zero(q, sector, sectors, unmap);
	return vdev_status(vdev_store_zero(&vdev_store, sector * VDEV_SECTOR_BYTES,
					   (uint64_t)sectors * VDEV_SECTOR_BYTES, unmap,
					   !q->writeback));
}

/**
 * vdev_ranges_execute - execute a DISCARD, WRITE_ZEROES or SECURE_ERASE request
 * @q: queue
 * @type: type of the request
 * @hdr_sector: sector in the request header, which must be 0
 * @b: data of the request: the ranges; consumed
 *
 * Return a status.
 */
uint8_t vdev_ranges_execute(const struct vdev_queue *q, uint32_t type, uint64_t hdr_sector,
			    struct vdev_buffers *b)
{
	struct range_limits l = limits_of(type);
	uint64_t bytes = b->out_bytes;

	if (!vdev_negotiated(q, l.feature)) {
		vdev_rule("FEAT-1", "queue %u: %s was not negotiated", q->index, l.what);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (hdr_sector)
		vdev_rule("REQ-8", "queue %u: %s with sector %llu in its header, not 0", q->index,
			  l.what, (unsigned long long)hdr_sector);
	if (!bytes || bytes % RANGE_BYTES) {
		vdev_rule("REQ-8",
			  "queue %u: %s with %llu bytes of ranges, not a positive multiple of 16",
			  q->index, l.what, (unsigned long long)bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	if (bytes / RANGE_BYTES > l.max_seg) {
		vdev_rule("REQ-5", "queue %u: %s of %llu ranges, at most %u are allowed", q->index,
			  l.what, (unsigned long long)(bytes / RANGE_BYTES), l.max_seg);
		return VIRTIO_BLK_S_IOERR;
	}
	if (!vdev_write_allowed(q, l.what))
		return VIRTIO_BLK_S_IOERR;

	for (; bytes; bytes -= RANGE_BYTES) {
		struct virtio_blk_discard_write_zeroes range;
		uint64_t sector;
		uint32_t sectors, flags;
		uint8_t status;

		vdev_take(&b->out, &b->nr_out, &range, sizeof(range));
		sector = le64toh(range.sector);
		sectors = le32toh(range.num_sectors);
		flags = le32toh(range.flags);
		status = range_check(q, &l, type, sector, sectors, flags);
		if (status)
			return status;
		status = execute_range(q, type, sector, sectors,
				       type == VIRTIO_BLK_T_DISCARD ||
					       flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
		if (status)
			return status;
	}
	return VIRTIO_BLK_S_OK;
}
