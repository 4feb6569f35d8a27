/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio-blk requests (VIRTIO 1.3, 5.2.6)
 */
#include <endian.h>
#include <string.h>

#include "vblk-device.h"

#define HDR_BYTES   sizeof(struct virtio_blk_outhdr)
#define RANGE_BYTES sizeof(struct virtio_blk_discard_write_zeroes)

struct virtio_blk_lifetime {
	__le16 pre_eol_info;
	__le16 device_lifetime_est_typ_a;
	__le16 device_lifetime_est_typ_b;
};

static bool negotiated(const struct vblk_queue *q, unsigned int bit)
{
	return q->features >> bit & 1;
}

/* Take @len bytes off the front of the list into @to. */
static void take(struct iovec **iov, unsigned int *nr, void *to, size_t len)
{
	uint8_t *p = to;

	/* The one layout that every driver uses: the header is a descriptor of its own. */
	if (vblk_likely(len == HDR_BYTES && (*iov)->iov_len == HDR_BYTES)) {
		memcpy(to, (*iov)->iov_base, HDR_BYTES);
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

/* Copy @len bytes to the front of the list and zero what is left of it. */
static void fill(const struct iovec *iov, unsigned int nr, const void *from, size_t len)
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

static bool range_ok(const struct vblk_queue *q, const char *what, uint64_t sector, uint64_t bytes)
{
	uint64_t size = vblk_store.size_bytes;

	if (vblk_likely(sector <= size / VBLK_SECTOR_BYTES &&
			bytes <= size - sector * VBLK_SECTOR_BYTES))
		return true;
	vblk_rule("REQ-2", "queue %u: %s of %llu bytes at sector %llu, capacity %llu sectors",
		  q->index, what, (unsigned long long)bytes, (unsigned long long)sector,
		  (unsigned long long)(size / VBLK_SECTOR_BYTES));
	return false;
}

/* What a read and a write have to obey; @bytes of data. */
static bool transfer_ok(const struct vblk_queue *q, const struct vblk_chain *c, const char *what,
			uint64_t sector, uint64_t bytes)
{
	if (vblk_unlikely(bytes % VBLK_SECTOR_BYTES)) {
		vblk_rule("REQ-3", "queue %u: %s of %llu bytes", q->index, what,
			  (unsigned long long)bytes);
		return false;
	}
	if (vblk_unlikely(c->data_descs > vblk_opt.seg_max &&
			  negotiated(q, VIRTIO_BLK_F_SEG_MAX))) {
		vblk_rule("REQ-3", "queue %u: %s in %u segments, seg_max is %u", q->index, what,
			  c->data_descs, vblk_opt.seg_max);
		return false;
	}
	if (vblk_unlikely(vblk_opt.size_max && c->data_desc_max_bytes > vblk_opt.size_max &&
			  negotiated(q, VIRTIO_BLK_F_SIZE_MAX))) {
		vblk_rule("REQ-3", "queue %u: %s with a segment of %u bytes, size_max is %u",
			  q->index, what, c->data_desc_max_bytes, vblk_opt.size_max);
		return false;
	}
	return range_ok(q, what, sector, bytes);
}

/* Requests that change data, on a read-only device. */
static bool write_allowed(const struct vblk_queue *q, const char *what)
{
	if (vblk_likely(!vblk_opt.read_only))
		return true;
	vblk_rule("REQ-4", "queue %u: %s on a read-only device", q->index, what);
	return false;
}

static uint8_t to_status(int ret)
{
	return ret ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

/* The limits that one of the range commands has in the configuration space. */
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
					      vblk_opt.max_discard_sectors,
					      vblk_opt.max_discard_seg,
					      vblk_opt.discard_align_sectors };
	case VIRTIO_BLK_T_SECURE_ERASE:
		return (struct range_limits){ "SECURE_ERASE", VIRTIO_BLK_F_SECURE_ERASE,
					      vblk_opt.max_secure_erase_sectors,
					      vblk_opt.max_secure_erase_seg,
					      vblk_opt.secure_erase_align_sectors };
	default:
		return (struct range_limits){ "WRITE_ZEROES", VIRTIO_BLK_F_WRITE_ZEROES,
					      vblk_opt.max_write_zeroes_sectors,
					      vblk_opt.max_write_zeroes_seg, 1 };
	}
}

static uint8_t range_check(const struct vblk_queue *q, const struct range_limits *l, uint32_t type,
			   uint64_t sector, uint32_t sectors, uint32_t flags)
{
	uint32_t known = type == VIRTIO_BLK_T_WRITE_ZEROES ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;

	if (flags & ~known) {
		vblk_rule("REQ-5", "queue %u: %s with flags 0x%x", q->index, l->what, flags);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (sectors > l->max_sectors) {
		vblk_rule("REQ-5", "queue %u: %s of %u sectors, at most %u are allowed", q->index,
			  l->what, sectors, l->max_sectors);
		return VIRTIO_BLK_S_IOERR;
	}
	if (!range_ok(q, l->what, sector, (uint64_t)sectors * VBLK_SECTOR_BYTES))
		return VIRTIO_BLK_S_IOERR;
	/*
	 * Alignment helps the device; a request that ignores it is a fault of the driver, not an
	 * error.
	 */
	if (sector % l->align_sectors ||
	    (sectors % l->align_sectors &&
	     sector + sectors != vblk_store.size_bytes / VBLK_SECTOR_BYTES))
		vblk_rule("REQ-5", "queue %u: %s of %u sectors at %llu, alignment is %u", q->index,
			  l->what, sectors, (unsigned long long)sector, l->align_sectors);
	return VIRTIO_BLK_S_OK;
}

/* DISCARD, WRITE_ZEROES and SECURE_ERASE: a list of ranges. */
static uint8_t execute_ranges(const struct vblk_queue *q, uint32_t type, uint64_t hdr_sector,
			      struct iovec *iov, unsigned int nr, uint64_t bytes)
{
	struct range_limits l = limits_of(type);

	if (!negotiated(q, l.feature)) {
		vblk_rule("FEAT-1", "queue %u: %s was not negotiated", q->index, l.what);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (hdr_sector)
		vblk_rule("REQ-8", "queue %u: %s with sector %llu in its header", q->index, l.what,
			  (unsigned long long)hdr_sector);
	if (!bytes || bytes % RANGE_BYTES) {
		vblk_rule("REQ-8", "queue %u: %s with %llu bytes of ranges", q->index, l.what,
			  (unsigned long long)bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	if (bytes / RANGE_BYTES > l.max_seg) {
		vblk_rule("REQ-5", "queue %u: %s of %llu ranges, at most %u are allowed", q->index,
			  l.what, (unsigned long long)(bytes / RANGE_BYTES), l.max_seg);
		return VIRTIO_BLK_S_IOERR;
	}
	if (!write_allowed(q, l.what))
		return VIRTIO_BLK_S_IOERR;

	for (; bytes; bytes -= RANGE_BYTES) {
		struct virtio_blk_discard_write_zeroes range;
		uint64_t sector;
		uint32_t sectors, flags;
		uint8_t status;
		bool unmap;

		take(&iov, &nr, &range, sizeof(range));
		sector = le64toh(range.sector);
		sectors = le32toh(range.num_sectors);
		flags = le32toh(range.flags);
		status = range_check(q, &l, type, sector, sectors, flags);
		if (status)
			return status;
		unmap = type == VIRTIO_BLK_T_DISCARD || flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
		status = to_status(vblk_store_zero(&vblk_store, sector * VBLK_SECTOR_BYTES,
						   (uint64_t)sectors * VBLK_SECTOR_BYTES, unmap,
						   !q->writeback));
		if (status)
			return status;
	}
	return VIRTIO_BLK_S_OK;
}

static uint8_t execute_flush(const struct vblk_queue *q, uint64_t sector, uint64_t bytes)
{
	if (!negotiated(q, VIRTIO_BLK_F_FLUSH)) {
		vblk_rule("FEAT-1", "queue %u: FLUSH was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (sector || bytes)
		vblk_rule("REQ-8", "queue %u: FLUSH with sector %llu and %llu bytes of data",
			  q->index, (unsigned long long)sector, (unsigned long long)bytes);
	return to_status(vblk_store_flush(&vblk_store));
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

	if (!negotiated(q, VBLK_F_LIFETIME)) {
		vblk_rule("FEAT-1", "queue %u: GET_LIFETIME was not negotiated", q->index);
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (bytes != sizeof(le)) {
		vblk_rule("REQ-3", "queue %u: GET_LIFETIME with a buffer of %llu bytes", q->index,
			  (unsigned long long)bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	fill(iov, nr, &le, sizeof(le));
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
	struct iovec *out = c->iov, *in = c->iov + c->nr_readable;
	unsigned int nr_out = c->nr_readable, nr_in = c->nr_iov - c->nr_readable;
	uint64_t out_bytes, in_bytes, sector;
	struct virtio_blk_outhdr hdr;
	bool in_filled = false;
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
	in_bytes = c->writable_bytes - 1;
	if (!--in[nr_in - 1].iov_len)
		nr_in--;
	if (vblk_unlikely(c->readable_bytes < HDR_BYTES)) {
		vblk_rule("REQ-1", "queue %u: request header of %llu bytes", q->index,
			  (unsigned long long)c->readable_bytes);
		status = VIRTIO_BLK_S_IOERR;
		goto done;
	}
	take(&out, &nr_out, &hdr, HDR_BYTES);
	out_bytes = c->readable_bytes - HDR_BYTES;
	type = le32toh(hdr.type);
	sector = le64toh(hdr.sector);
	if (vblk_unlikely(hdr.ioprio))
		vblk_rule("REQ-1", "queue %u: reserved field of the header is 0x%x", q->index,
			  le32toh(hdr.ioprio));

	switch (type) {
	case VIRTIO_BLK_T_IN:
		if (vblk_unlikely(out_bytes))
			vblk_rule("REQ-3", "queue %u: IN with device-readable data", q->index);
		if (transfer_ok(q, c, "IN", sector, in_bytes)) {
			status = to_status(vblk_store_read(&vblk_store, in, nr_in,
							   sector * VBLK_SECTOR_BYTES));
			in_filled = status == VIRTIO_BLK_S_OK;
		} else {
			status = VIRTIO_BLK_S_IOERR;
		}
		break;
	case VIRTIO_BLK_T_OUT:
		if (vblk_unlikely(in_bytes))
			vblk_rule("REQ-3", "queue %u: OUT with device-writable data", q->index);
		if (write_allowed(q, "OUT") && transfer_ok(q, c, "OUT", sector, out_bytes))
			status = to_status(vblk_store_write(&vblk_store, out, nr_out,
							    sector * VBLK_SECTOR_BYTES,
							    !q->writeback));
		else
			status = VIRTIO_BLK_S_IOERR;
		break;
	case VIRTIO_BLK_T_FLUSH:
		status = execute_flush(q, sector, out_bytes + in_bytes);
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
	case VIRTIO_BLK_T_SECURE_ERASE:
		status = execute_ranges(q, type, sector, out, nr_out, out_bytes);
		break;
	case VIRTIO_BLK_T_GET_ID:
		if (in_bytes != VIRTIO_BLK_ID_BYTES)
			vblk_rule("REQ-3", "queue %u: GET_ID with a buffer of %llu bytes", q->index,
				  (unsigned long long)in_bytes);
		fill(in, nr_in, vblk_opt.id, VIRTIO_BLK_ID_BYTES);
		in_filled = true;
		status = VIRTIO_BLK_S_OK;
		break;
	case VBLK_T_GET_LIFETIME:
		status = execute_get_lifetime(q, in, nr_in, in_bytes);
		in_filled = status == VIRTIO_BLK_S_OK;
		break;
	default:
		status = VIRTIO_BLK_S_UNSUPP;
		break;
	}
done:
	if (vblk_unlikely(in_bytes && !in_filled))
		fill(in, nr_in, NULL, 0);
	*c->status = status;
	return (uint32_t)c->writable_bytes;
}
