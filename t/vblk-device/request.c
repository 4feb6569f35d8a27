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
 * vblk_range_ok - does a range lie within the capacity?
 * @q: queue
 * @what: the request
 * @sector: first sector
 * @bytes: length
 */
bool vblk_range_ok(const struct vblk_queue *q, const char *what, uint64_t sector, uint64_t bytes)
{
	uint64_t size = vblk_store.size_bytes;

	if (vblk_likely(sector <= size / VBLK_SECTOR_BYTES &&
			bytes <= size - sector * VBLK_SECTOR_BYTES))
		/* Made smaller beneath the driver, it has less, which the driver need not know. */
		return sector * VBLK_SECTOR_BYTES + bytes <=
		       load_relaxed(&vblk_store.capacity_bytes);
	vblk_rule("REQ-2", "queue %u: %s of %llu bytes at sector %llu, capacity %llu sectors",
		  q->index, what, (unsigned long long)bytes, (unsigned long long)sector,
		  (unsigned long long)(size / VBLK_SECTOR_BYTES));
	return false;
}

/**
 * vblk_segments_ok - does a transfer's data have the shape it must have?
 * @q: queue
 * @c: chain
 * @what: the request
 * @bytes: of data
 */
bool vblk_segments_ok(const struct vblk_queue *q, const struct vblk_chain *c, const char *what,
		      uint64_t bytes)
{
	if (vblk_unlikely(bytes % VBLK_SECTOR_BYTES)) {
		vblk_rule("REQ-3", "queue %u: %s of %llu bytes", q->index, what,
			  (unsigned long long)bytes);
		return false;
	}
	if (vblk_unlikely(c->data_descs > vblk_opt.seg_max &&
			  vblk_negotiated(q, VIRTIO_BLK_F_SEG_MAX))) {
		vblk_rule("REQ-3", "queue %u: %s in %u segments, seg_max is %u", q->index, what,
			  c->data_descs, vblk_opt.seg_max);
		return false;
	}
	if (vblk_unlikely(vblk_opt.size_max && c->data_desc_max_bytes > vblk_opt.size_max &&
			  vblk_negotiated(q, VIRTIO_BLK_F_SIZE_MAX))) {
		vblk_rule("REQ-3", "queue %u: %s with a segment of %u bytes, size_max is %u",
			  q->index, what, c->data_desc_max_bytes, vblk_opt.size_max);
		return false;
	}
	return true;
}

/* What a read and a write have to obey. */
static bool transfer_ok(const struct vblk_queue *q, const struct vblk_chain *c, const char *what,
			uint64_t sector, uint64_t bytes)
{
	return vblk_segments_ok(q, c, what, bytes) && vblk_range_ok(q, what, sector, bytes);
}

/**
 * vblk_write_allowed - may a request change data?
 * @q: queue
 * @what: the request
 */
bool vblk_write_allowed(const struct vblk_queue *q, const char *what)
{
	if (vblk_likely(!vblk_opt.read_only))
		return true;
	vblk_rule("REQ-4", "queue %u: %s on a read-only device", q->index, what);
	return false;
}

static uint8_t execute_in(const struct vblk_queue *q, const struct vblk_buffers *b, uint64_t sector)
{
	if (vblk_unlikely(vblk_negotiated(q, VBLK_F_ZONED)))
		return vblk_zoned_read(b, sector);
	return vblk_status(
		vblk_store_read(&vblk_store, b->in, b->nr_in, sector * VBLK_SECTOR_BYTES));
}

static uint8_t execute_out(const struct vblk_queue *q, const struct vblk_buffers *b,
			   uint64_t sector)
{
	if (vblk_unlikely(vblk_negotiated(q, VBLK_F_ZONED)))
		return vblk_zoned_write(q, b, sector);
	return vblk_status(vblk_store_write(&vblk_store, b->out, b->nr_out,
					    sector * VBLK_SECTOR_BYTES, !q->writeback));
}

static uint8_t execute_flush(const struct vblk_queue *q, uint64_t sector, uint64_t bytes)
{
	if (!vblk_negotiated(q, VIRTIO_BLK_F_FLUSH)) {
		vblk_rule("FEAT-1", "queue %u: FLUSH was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (sector || bytes)
		vblk_rule("REQ-8", "queue %u: FLUSH with sector %llu and %llu bytes of data",
			  q->index, (unsigned long long)sector, (unsigned long long)bytes);
	return vblk_status(vblk_store_flush(&vblk_store));
}

static uint8_t execute_get_lifetime(const struct vblk_queue *q, const struct iovec *iov,
				    unsigned int nr, uint64_t bytes)
{
	/* "Normal", a tenth of its life consumed. */
	static const struct virtio_blk_lifetime life = { 1, 1, 1 };
	struct virtio_blk_lifetime le = {
		htole16(life.pre_eol_info),
		htole16(life.device_lifetime_est_typ_a),
		htole16(life.device_lifetime_est_typ_b),
	};

	if (!vblk_negotiated(q, VBLK_F_LIFETIME)) {
		vblk_rule("FEAT-1", "queue %u: GET_LIFETIME was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (bytes != sizeof(le)) {
		vblk_rule("REQ-3", "queue %u: GET_LIFETIME with a buffer of %llu bytes", q->index,
			  (unsigned long long)bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	vblk_fill(iov, nr, &le, sizeof(le));
	return VIRTIO_BLK_S_OK;
}

/**
 * vblk_request_execute - do what the request in a chain asks, and write its status
 * @q: queue
 * @c: the chain, as fetched
 *
 * Returns the used length. The status byte is the last one of the buffer, and the used length
 * counts from the first: so whatever data the request leaves unwritten is zeroed, and the length
 * always covers the status. (The null store's reads are the exception: they claim their length
 * untouched.)
 */
uint32_t vblk_request_execute(struct vblk_queue *q, struct vblk_chain *c)
{
	struct vblk_buffers b = {
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

	if (vblk_unlikely(!c->status || c->bad)) {
		if (!c->bad)
			vblk_rule("REQ-6", "queue %u: request without a status byte", q->index);
		if (!c->status)
			return 0;
		*c->status = VIRTIO_BLK_S_IOERR;
		/* What could not be reached has not been written: the length stops before it. */
		return c->writable_bytes == 1 ? 1 : 0;
	}
	b.in_bytes = c->writable_bytes - 1;
	if (!--b.in[b.nr_in - 1].iov_len)
		b.nr_in--;
	if (vblk_unlikely(c->readable_bytes < VBLK_HDR_BYTES)) {
		vblk_rule("REQ-1", "queue %u: request header of %llu bytes", q->index,
			  (unsigned long long)c->readable_bytes);
		status = VIRTIO_BLK_S_IOERR;
		goto done;
	}
	vblk_take(&b.out, &b.nr_out, &hdr, VBLK_HDR_BYTES);
	b.out_bytes = c->readable_bytes - VBLK_HDR_BYTES;
	type = le32toh(hdr.type);
	sector = le64toh(hdr.sector);
	if (vblk_unlikely(hdr.ioprio))
		vblk_rule("REQ-1", "queue %u: reserved field of the header is 0x%x", q->index,
			  le32toh(hdr.ioprio));

	switch (type) {
	case VIRTIO_BLK_T_IN:
		if (vblk_unlikely(b.out_bytes))
			vblk_rule("REQ-3", "queue %u: IN with device-readable data", q->index);
		if (transfer_ok(q, c, "IN", sector, b.in_bytes)) {
			status = execute_in(q, &b, sector);
			in_filled = status == VIRTIO_BLK_S_OK;
		} else {
			status = VIRTIO_BLK_S_IOERR;
		}
		break;
	case VIRTIO_BLK_T_OUT:
		if (vblk_unlikely(b.in_bytes))
			vblk_rule("REQ-3", "queue %u: OUT with device-writable data", q->index);
		if (vblk_write_allowed(q, "OUT") && transfer_ok(q, c, "OUT", sector, b.out_bytes))
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
		status = vblk_ranges_execute(q, type, sector, &b);
		break;
	case VIRTIO_BLK_T_GET_ID:
		if (b.in_bytes != VIRTIO_BLK_ID_BYTES)
			vblk_rule("REQ-3", "queue %u: GET_ID with a buffer of %llu bytes", q->index,
				  (unsigned long long)b.in_bytes);
		vblk_fill(b.in, b.nr_in, vblk_opt.id, VIRTIO_BLK_ID_BYTES);
		in_filled = true;
		status = VIRTIO_BLK_S_OK;
		break;
	case VBLK_T_GET_LIFETIME:
		status = execute_get_lifetime(q, b.in, b.nr_in, b.in_bytes);
		in_filled = status == VIRTIO_BLK_S_OK;
		break;
	default:
		status = vblk_zoned_execute(q, c, type, sector, &b, &in_filled);
		break;
	}
done:
	if (vblk_unlikely(b.in_bytes && !in_filled))
		vblk_fill(b.in, b.nr_in, NULL, 0);
	*c->status = status;
	return (uint32_t)c->writable_bytes;
}
