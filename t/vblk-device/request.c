/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio-blk requests (VIRTIO 1.3, 5.2.6)
 */
#include <endian.h>

#include "t/vblk-device/request.h"
#include "t/vblk-device/zoned.h"

struct virtio_blk_lifetime {
	__le16 pre_eol_info;
	__le16 device_lifetime_est_typ_a;
	__le16 device_lifetime_est_typ_b;
};

/**
 * vdev_range_ok - check that a range is within the capacity
 * @q: queue
 * @what: name of the request
 * @sector: first sector
 * @bytes: length in bytes
 */
bool vdev_range_ok(const struct vdev_queue *q, const char *what, uint64_t sector, uint64_t bytes)
{
	uint64_t size = vdev_store.size_bytes;

	if (vdev_likely(sector <= size / VDEV_SECTOR_BYTES &&
			bytes <= size - sector * VDEV_SECTOR_BYTES))
		/*
		 * The order "capacity" may have reduced the capacity. The driver need not know the
		 * new capacity, so a request beyond it fails, but breaks no rule.
		 */
		return sector * VDEV_SECTOR_BYTES + bytes <=
		       load_relaxed(&vdev_store.capacity_bytes);
	vdev_rule(
		"REQ-2",
		"queue %u: %s of %llu bytes at sector %llu is beyond the capacity of %llu sectors",
		q->index, what, (unsigned long long)bytes, (unsigned long long)sector,
		(unsigned long long)(size / VDEV_SECTOR_BYTES));
	return false;
}

/**
 * vdev_segments_ok - check the length and the segments of the data of a request
 * @q: queue
 * @c: chain
 * @what: name of the request
 * @bytes: length of the data in bytes
 */
bool vdev_segments_ok(const struct vdev_queue *q, const struct vdev_chain *c, const char *what,
		      uint64_t bytes)
{
	if (vdev_unlikely(bytes % VDEV_SECTOR_BYTES)) {
		vdev_rule("REQ-3", "queue %u: %s of %llu bytes, not a multiple of 512", q->index,
			  what, (unsigned long long)bytes);
		return false;
	}
	if (vdev_unlikely(c->data_descs > vdev_opt.seg_max &&
			  vdev_negotiated(q, VIRTIO_BLK_F_SEG_MAX))) {
		vdev_rule("REQ-3", "queue %u: %s in %u segments, seg_max is %u", q->index, what,
			  c->data_descs, vdev_opt.seg_max);
		return false;
	}
	if (vdev_unlikely(vdev_opt.size_max && c->data_desc_max_bytes > vdev_opt.size_max &&
			  vdev_negotiated(q, VIRTIO_BLK_F_SIZE_MAX))) {
		vdev_rule("REQ-3", "queue %u: %s with a segment of %u bytes, size_max is %u",
			  q->index, what, c->data_desc_max_bytes, vdev_opt.size_max);
		return false;
	}
	return true;
}

/* Check the rules for both reads and writes. */
static bool transfer_ok(const struct vdev_queue *q, const struct vdev_chain *c, const char *what,
			uint64_t sector, uint64_t bytes)
{
	return vdev_segments_ok(q, c, what, bytes) && vdev_range_ok(q, what, sector, bytes);
}

/**
 * vdev_write_allowed - check that a request may change data
 * @q: queue
 * @what: name of the request
 */
bool vdev_write_allowed(const struct vdev_queue *q, const char *what)
{
	if (vdev_likely(!vdev_opt.read_only))
		return true;
	vdev_rule("REQ-4", "queue %u: %s on a read-only device", q->index, what);
	return false;
}

static uint8_t execute_in(const struct vdev_queue *q, const struct vdev_buffers *b, uint64_t sector)
{
	if (vdev_unlikely(vdev_negotiated(q, VDEV_F_ZONED)))
		return vdev_zoned_read(b, sector);
	return vdev_status(
		vdev_store_read(&vdev_store, b->in, b->nr_in, sector * VDEV_SECTOR_BYTES));
}

static uint8_t execute_out(const struct vdev_queue *q, const struct vdev_buffers *b,
			   uint64_t sector)
{
	if (vdev_unlikely(vdev_negotiated(q, VDEV_F_ZONED)))
		return vdev_zoned_write(q, b, sector);
	return vdev_status(vdev_store_write(&vdev_store, b->out, b->nr_out,
					    sector * VDEV_SECTOR_BYTES, !q->writeback));
}

static uint8_t execute_flush(const struct vdev_queue *q, uint64_t sector, uint64_t bytes)
{
	if (!vdev_negotiated(q, VIRTIO_BLK_F_FLUSH)) {
		vdev_rule("FEAT-1", "queue %u: FLUSH was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (sector || bytes)
		vdev_rule("REQ-8", "queue %u: FLUSH with sector %llu and %llu bytes of data",
			  q->index, (unsigned long long)sector, (unsigned long long)bytes);
	return vdev_status(vdev_store_flush(&vdev_store));
}

static uint8_t execute_get_lifetime(const struct vdev_queue *q, const struct iovec *iov,
				    unsigned int nr, uint64_t bytes)
{
	/* State "normal", at most 10% of the lifetime used. */
	static const struct virtio_blk_lifetime life = { 1, 1, 1 };
	struct virtio_blk_lifetime le = {
		htole16(life.pre_eol_info),
		htole16(life.device_lifetime_est_typ_a),
		htole16(life.device_lifetime_est_typ_b),
	};

	if (!vdev_negotiated(q, VDEV_F_LIFETIME)) {
		vdev_rule("FEAT-1", "queue %u: GET_LIFETIME was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (bytes != sizeof(le)) {
		vdev_rule("REQ-3", "queue %u: GET_LIFETIME with a buffer of %llu bytes, not 6",
			  q->index, (unsigned long long)bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	vdev_fill(iov, nr, &le, sizeof(le));
	return VIRTIO_BLK_S_OK;
}

/**
 * vdev_request_execute - execute the request in a chain and write its status
 * @q: queue
 * @c: chain, as fetched
 *
 * The status byte is the last device-writable byte, and the used length counts from the first one.
 * Therefore all device-writable data that the request does not fill is zeroed, so that the used
 * length always includes the status. (Reads from the null store are an exception: their used length
 * includes data that was not written.)
 *
 * Return the used length.
 */
uint32_t vdev_request_execute(struct vdev_queue *q, struct vdev_chain *c)
{
	struct vdev_buffers b = {
		.out = c->iov,
		.in = c->iov + c->nr_readable,
		.nr_out = c->nr_readable,
		.nr_in = c->nr_iov - c->nr_readable,
	};
	struct virtio_blk_outhdr hdr;
	bool in_filled = false;
	uint64_t sector;
	uint32_t type;
	uint8_t status;

	if (vdev_unlikely(!c->status || c->bad)) {
		if (!c->bad)
			vdev_rule("REQ-6", "queue %u: request without a status byte", q->index);
		if (!c->status)
			return 0;
		*c->status = VIRTIO_BLK_S_IOERR;
		/*
		 * The bytes before the status were not written, and the used length must not
		 * include them. Therefore the used length is 0 unless the status is the only
		 * writable byte.
		 */
		return c->writable_bytes == 1 ? 1 : 0;
	}
	b.in_bytes = c->writable_bytes - 1;
	if (!--b.in[b.nr_in - 1].iov_len)
		b.nr_in--;
	if (vdev_unlikely(c->readable_bytes < VDEV_HDR_BYTES)) {
		vdev_rule("REQ-1", "queue %u: request header of only %llu bytes", q->index,
			  (unsigned long long)c->readable_bytes);
		status = VIRTIO_BLK_S_IOERR;
		goto done;
	}
	vdev_take(&b.out, &b.nr_out, &hdr, VDEV_HDR_BYTES);
	b.out_bytes = c->readable_bytes - VDEV_HDR_BYTES;
	type = le32toh(hdr.type);
	sector = le64toh(hdr.sector);
	if (vdev_unlikely(hdr.ioprio))
		vdev_rule("REQ-1", "queue %u: reserved field of the header is 0x%x, not 0",
			  q->index, le32toh(hdr.ioprio));

	switch (type) {
	case VIRTIO_BLK_T_IN:
		if (vdev_unlikely(b.out_bytes))
			vdev_rule("REQ-3", "queue %u: IN with device-readable data", q->index);
		if (transfer_ok(q, c, "IN", sector, b.in_bytes)) {
			status = execute_in(q, &b, sector);
			in_filled = status == VIRTIO_BLK_S_OK;
		} else {
			status = VIRTIO_BLK_S_IOERR;
		}
		break;
	case VIRTIO_BLK_T_OUT:
		if (vdev_unlikely(b.in_bytes))
			vdev_rule("REQ-3", "queue %u: OUT with device-writable data", q->index);
		if (vdev_write_allowed(q, "OUT") && transfer_ok(q, c, "OUT", sector, b.out_bytes))
			status = execute_out(q, &b, sector);
		else
			status = VIRTIO_BLK_S_IOERR;
		break;
	case VIRTIO_BLK_T_FLUSH:
		status = execute_flush(q, sector, b.out_bytes + b.in_bytes);
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
	case VIRTIO_BLK_T_SECURE_ERASE:
		status = vdev_ranges_execute(q, type, sector, &b);
		break;
	case VIRTIO_BLK_T_GET_ID:
		if (b.in_bytes != VIRTIO_BLK_ID_BYTES)
			vdev_rule("REQ-3", "queue %u: GET_ID with a buffer of %llu bytes, not 20",
				  q->index, (unsigned long long)b.in_bytes);
		vdev_fill(b.in, b.nr_in, vdev_opt.id, VIRTIO_BLK_ID_BYTES);
		in_filled = true;
		status = VIRTIO_BLK_S_OK;
		break;
	case VDEV_T_GET_LIFETIME:
		status = execute_get_lifetime(q, b.in, b.nr_in, b.in_bytes);
		in_filled = status == VIRTIO_BLK_S_OK;
		break;
	default:
		status = vdev_zoned_execute(q, c, type, sector, &b, &in_filled);
		break;
	}
done:
	if (vdev_unlikely(b.in_bytes && !in_filled))
		vdev_fill(b.in, b.nr_in, NULL, 0);
	*c->status = status;
	return (uint32_t)c->writable_bytes;
}
