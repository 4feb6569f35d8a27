/* SPDX-License-Identifier: GPL-2.0-only */
#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "t/ring-model/fault.h"
#include "t/fake-backend/blk.h"
#include "t/fake-backend/memory.h"

#define SECTOR		  512
#define MAX_RANGE_SECTORS 65536
#define MAX_RANGES	  16

/*
 * The request being served
 *
 * @batch: with IN_ORDER, number of served requests that one used buffer will report
 * @batch_id: buffer id of the last request of the batch
 * @batch_len: used length of the last request of the batch
 */
struct fake_request {
	struct fake_queue *queue;
	struct devring_chain chain;
	uint32_t type;
	uint64_t sector;
	uint64_t out_bytes; /* device-readable data */
	uint64_t in_bytes;  /* device-writable data */
	unsigned int batch;
	uint32_t batch_id;
	uint32_t batch_len;
};

void fake_blk_fill_config(struct fake *fake)
{
	struct virtio_blk_config *c = &fake->config;

	c->capacity = htole64(fake->opt.size_bytes / SECTOR);
	c->size_max = htole32(fake->opt.size_max_bytes);
	c->seg_max = htole32(fake->opt.seg_max);
	c->blk_size = htole32(fake->opt.block_size_bytes);
	c->min_io_size = htole16(1);
	c->opt_io_size = htole32(1);
	c->wce = 1;
	c->num_queues = htole16((uint16_t)fake->opt.queues);
	c->max_discard_sectors = htole32(MAX_RANGE_SECTORS);
	c->max_discard_seg = htole32(MAX_RANGES);
	c->discard_sector_alignment = htole32(1);
	c->max_write_zeroes_sectors = htole32(MAX_RANGE_SECTORS);
	c->max_write_zeroes_seg = htole32(MAX_RANGES);
	c->write_zeroes_may_unmap = 1;
	c->max_secure_erase_sectors = htole32(MAX_RANGE_SECTORS);
	c->max_secure_erase_seg = htole32(MAX_RANGES);
	c->secure_erase_sector_alignment = htole32(1);
}

/*
 * Copy @len bytes between @buf and the readable (or writable) bytes of the chain, starting at
 * @offset. A device must not assume how the driver divided these bytes into descriptors.
 */
static void copy(const struct devring_chain *chain, bool writable, uint64_t offset, void *buf,
		 uint64_t len)
{
	unsigned int i = writable ? chain->nreadable : 0;
	char *p = buf;

	for (; i < chain->nsegs && len; i++) {
		const struct devring_segment *seg = &chain->segs[i];
		uint64_t n;

		if (offset >= seg->len) {
			offset -= seg->len;
			continue;
		}
		n = seg->len - offset < len ? seg->len - offset : len;
		if (writable)
			memcpy((char *)seg->ptr + offset, p, n);
		else
			memcpy(p, (char *)seg->ptr + offset, n);
		offset = 0;
		p += n;
		len -= n;
	}
}

static const char *type_name(uint32_t type)
{
	switch (type) {
	case VIRTIO_BLK_T_IN:
		return "IN";
	case VIRTIO_BLK_T_OUT:
		return "OUT";
	case VIRTIO_BLK_T_FLUSH:
		return "FLUSH";
	case VIRTIO_BLK_T_GET_ID:
		return "GET_ID";
	case VIRTIO_BLK_T_DISCARD:
		return "DISCARD";
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return "WRITE_ZEROES";
	case VIRTIO_BLK_T_SECURE_ERASE:
		return "SECURE_ERASE";
	default:
		return "UNKNOWN";
	}
}

#define complain(req, fmt, ...)                                                                    \
	fake_complain((req)->queue->fake, fmt " (queue %u, %s)", __VA_ARGS__, (req)->queue->index, \
		      type_name((req)->type))

/* Check seg_max and size_max. Only descriptors with data count. */
static void check_segments(struct fake_request *req)
{
	const struct devring_chain *chain = &req->chain;
	struct fake *fake = req->queue->fake;
	uint64_t pos = 0, writable_end = chain->readable_bytes + chain->writable_bytes - 1;
	unsigned int i, data = 0;

	for (i = 0; i < chain->nsegs; i++) {
		uint64_t len = chain->segs[i].len, end = pos + len;
		bool header = end <= sizeof(struct virtio_blk_outhdr);
		bool status = pos >= writable_end;

		pos = end;
		if (header || status)
			continue;
		data++;
		if (fake_has(fake, VIRTIO_BLK_F_SIZE_MAX) && fake->opt.size_max_bytes &&
		    len > fake->opt.size_max_bytes)
			complain(req, "REQ-3: segment of %llu bytes, size_max is %u",
				 (unsigned long long)len, fake->opt.size_max_bytes);
	}
	if (fake_has(fake, VIRTIO_BLK_F_SEG_MAX) && data > fake->opt.seg_max)
		complain(req, "REQ-3: %u segments, seg_max is %u", data, fake->opt.seg_max);
}

static bool exceeds_capacity(struct fake_request *req, uint64_t sector, uint64_t sectors)
{
	uint64_t capacity = req->queue->fake->opt.size_bytes / SECTOR;

	if (sector <= capacity && sectors <= capacity - sector)
		return false;
	complain(
		req,
		"REQ-2: range at sector %llu with %llu sectors exceeds the capacity of %llu sectors",
		(unsigned long long)sector, (unsigned long long)sectors,
		(unsigned long long)capacity);
	return true;
}

static bool device_is_read_only(struct fake_request *req)
{
	if (!fake_has(req->queue->fake, VIRTIO_BLK_F_RO))
		return false;
	complain(req, "REQ-4: %s", "write to a read-only device");
	return true;
}

static uint8_t read_or_write(struct fake_request *req)
{
	struct fake *fake = req->queue->fake;
	bool in = req->type == VIRTIO_BLK_T_IN;
	uint64_t len = in ? req->in_bytes : req->out_bytes;
	void *data;

	if (in ? req->out_bytes : req->in_bytes) {
		complain(req, "%s", "data in the wrong direction");
		return VIRTIO_BLK_S_IOERR;
	}
	if (!len || len % SECTOR) {
		complain(req, "REQ-3: %llu bytes of data, not a positive multiple of 512",
			 (unsigned long long)len);
		return VIRTIO_BLK_S_IOERR;
	}
	if (exceeds_capacity(req, req->sector, len / SECTOR))
		return VIRTIO_BLK_S_IOERR;
	if (!in && device_is_read_only(req))
		return VIRTIO_BLK_S_IOERR;
	if (fake->opt.no_data)
		return VIRTIO_BLK_S_OK;
	data = fake->store + req->sector * SECTOR;
	if (in)
		copy(&req->chain, true, 0, data, len);
	else
		copy(&req->chain, false, sizeof(struct virtio_blk_outhdr), data, len);
	return VIRTIO_BLK_S_OK;
}

static uint8_t flush(struct fake_request *req)
{
	if (!fake_has(req->queue->fake, VIRTIO_BLK_F_FLUSH))
		complain(req, "FEAT-1: %s", "VIRTIO_BLK_F_FLUSH was not negotiated");
	if (req->sector)
		complain(req, "REQ-8: sector is %llu, not 0", (unsigned long long)req->sector);
	if (req->in_bytes || req->out_bytes)
		complain(req, "%s", "flush with data");
	return VIRTIO_BLK_S_OK;
}

static uint8_t get_id(struct fake_request *req)
{
	char id[VIRTIO_BLK_ID_BYTES] = { 0 };

	/* An id that fills all bytes has no terminating null byte. */
	memcpy(id, req->queue->fake->opt.id, strlen(req->queue->fake->opt.id));
	if (req->in_bytes != sizeof(id) || req->out_bytes)
		complain(req, "%llu bytes of data, not 20", (unsigned long long)req->in_bytes);
	copy(&req->chain, true, 0, id, req->in_bytes < sizeof(id) ? req->in_bytes : sizeof(id));
	return VIRTIO_BLK_S_OK;
}

static unsigned int range_feature(uint32_t type)
{
	switch (type) {
	case VIRTIO_BLK_T_DISCARD:
		return VIRTIO_BLK_F_DISCARD;
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return VIRTIO_BLK_F_WRITE_ZEROES;
	default:
		return VIRTIO_BLK_F_SECURE_ERASE;
	}
}

static uint8_t zero_ranges(struct fake_request *req)
{
	struct virtio_blk_discard_write_zeroes ranges[MAX_RANGES];
	struct fake *fake = req->queue->fake;
	uint64_t n = req->out_bytes / sizeof(ranges[0]), i;

	if (!fake_has(fake, range_feature(req->type))) {
		complain(req, "FEAT-1: %s", "the feature for this request was not negotiated");
		return VIRTIO_BLK_S_UNSUPP;
	}
	if (req->sector)
		complain(req, "REQ-8: sector is %llu, not 0", (unsigned long long)req->sector);
	if (!n || req->out_bytes % sizeof(ranges[0]) || req->in_bytes) {
		complain(
			req,
			"REQ-8: %llu bytes of ranges are not a positive multiple of 16, or there is device-writable data",
			(unsigned long long)req->out_bytes);
		return VIRTIO_BLK_S_IOERR;
	}
	if (n > MAX_RANGES) {
		complain(req, "REQ-5: %llu ranges, at most %d are allowed", (unsigned long long)n,
			 MAX_RANGES);
		return VIRTIO_BLK_S_IOERR;
	}
	if (device_is_read_only(req))
		return VIRTIO_BLK_S_IOERR;
	copy(&req->chain, false, sizeof(struct virtio_blk_outhdr), ranges, req->out_bytes);
	for (i = 0; i < n; i++) {
		uint64_t sector = le64toh(ranges[i].sector);
		uint32_t sectors = le32toh(ranges[i].num_sectors);
		uint32_t flags = le32toh(ranges[i].flags);

		if (flags & (req->type == VIRTIO_BLK_T_WRITE_ZEROES
				     ? ~(uint32_t)VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP
				     : UINT32_MAX)) {
			complain(req, "REQ-5: invalid range flags 0x%x", flags);
			return VIRTIO_BLK_S_UNSUPP;
		}
		if (!sectors || sectors > MAX_RANGE_SECTORS) {
			complain(req, "REQ-5: range of %u sectors, but 1 to %d are allowed",
				 sectors, MAX_RANGE_SECTORS);
			return VIRTIO_BLK_S_IOERR;
		}
		if (exceeds_capacity(req, sector, sectors))
			return VIRTIO_BLK_S_IOERR;
		if (!fake->opt.no_data)
			memset(fake->store + sector * SECTOR, 0, (size_t)sectors * SECTOR);
	}
	return VIRTIO_BLK_S_OK;
}

/* Execute the request. Return its correct status, or -1 if the request has no room for a status. */
static int serve(struct fake_request *req)
{
	struct virtio_blk_outhdr hdr = { 0 };
	struct devring_chain *chain = &req->chain;
	struct fake *fake = req->queue->fake;

	copy(chain, false, 0, &hdr, sizeof(hdr));
	req->type = le32toh(hdr.type);
	req->sector = le64toh(hdr.sector);
	if (chain->readable_bytes < sizeof(hdr) || !chain->writable_bytes) {
		complain(
			req,
			"request with %llu readable and %llu writable bytes is too short for header and status",
			(unsigned long long)chain->readable_bytes,
			(unsigned long long)chain->writable_bytes);
		return chain->writable_bytes ? VIRTIO_BLK_S_IOERR : -1;
	}
	req->out_bytes = chain->readable_bytes - sizeof(hdr);
	req->in_bytes = chain->writable_bytes - 1;
	if (fake->opt.log_requests)
		fake_log(fake, "REQUEST %u %s sector=%llu len=%llu", req->queue->index,
			 type_name(req->type), (unsigned long long)req->sector,
			 (unsigned long long)(req->out_bytes + req->in_bytes));
	if (hdr.ioprio)
		complain(req, "REQ-1: reserved field of the header is 0x%x, not 0",
			 le32toh(hdr.ioprio));
	check_segments(req);

	if (fake->opt.request_at[FAULT_FAIL] == fake->requests)
		return VIRTIO_BLK_S_IOERR;
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
	case VIRTIO_BLK_T_OUT:
		return read_or_write(req);
	case VIRTIO_BLK_T_FLUSH:
		return flush(req);
	case VIRTIO_BLK_T_GET_ID:
		return get_id(req);
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
	case VIRTIO_BLK_T_SECURE_ERASE:
		return zero_ranges(req);
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

/* Serve the request and write its status. Return the used length. */
static uint32_t answer(struct fake_request *req)
{
	struct fake *fake = req->queue->fake;
	int correct_status = serve(req);
	uint8_t status = (uint8_t)(fake->opt.status >= 0 ? fake->opt.status : correct_status);

	if (correct_status < 0 || fake->opt.no_status)
		return 0;
	copy(&req->chain, true, req->chain.writable_bytes - 1, &status, 1);
	if (fake->opt.short_used)
		return 0;
	/*
	 * The used length counts from the first writable byte. If a request with a data buffer
	 * fails, only its status is written, but not the bytes before it, so the used length is 0.
	 */
	if (correct_status != VIRTIO_BLK_S_OK && req->in_bytes)
		return 0;
	if (fake->opt.long_used)
		return (uint32_t)(req->chain.writable_bytes + req->out_bytes);
	return (uint32_t)req->chain.writable_bytes;
}

static void push_batch(struct fake_request *req)
{
	if (req->batch)
		devring_push_batch(&req->queue->ring, req->batch_id, req->batch_len, req->batch);
	req->batch = 0;
}

static bool is_due(const struct fake *fake, enum fake_request_fault fault)
{
	return fake->opt.request_at[fault] == fake->requests;
}

static bool completes_badly(const struct fake *fake)
{
	return is_due(fake, FAULT_BAD_USED_ID) || is_due(fake, FAULT_LEN_TOO_LARGE) ||
	       is_due(fake, FAULT_FLIP_WRAP) || is_due(fake, FAULT_DOUBLE_COMPLETE) ||
	       is_due(fake, FAULT_USED_JUMP) || is_due(fake, FAULT_USED_BACK) ||
	       is_due(fake, FAULT_GARBAGE_EVENT);
}

static void complete_badly(struct fake_request *req, uint32_t len)
{
	struct fake *fake = req->queue->fake;
	struct devring *ring = &req->queue->ring;
	const struct devring_chain *chain = &req->chain;
	uint32_t id = chain->id;

	push_batch(req);
	if (is_due(fake, FAULT_BAD_USED_ID))
		id = ring->cfg.layout == DEVRING_SPLIT ? 0xdead0000 : 0xfffe;
	else if (is_due(fake, FAULT_LEN_TOO_LARGE))
		len = (uint32_t)chain->writable_bytes + 4096;
	else if (is_due(fake, FAULT_FLIP_WRAP))
		devfault_flip_wrap(ring, false, true);

	devring_push(ring, id, len, chain->ndesc);
	if (is_due(fake, FAULT_DOUBLE_COMPLETE))
		devring_push(ring, id, len, chain->ndesc);
	devring_flush(ring);
	if (is_due(fake, FAULT_USED_JUMP))
		devfault_jump_used(ring, ring->cfg.size + 1);
	if (is_due(fake, FAULT_USED_BACK))
		devfault_go_back(ring, 2);
	if (is_due(fake, FAULT_GARBAGE_EVENT))
		devfault_garbage_event(ring, 0xffff, 0x7fff);
}

/* Handle one request. Return false if the queue must not be processed further. */
static bool handle(struct fake_request *req)
{
	struct fake_queue *queue = req->queue;
	struct devring *ring = &queue->ring;
	struct fake *fake = queue->fake;
	uint32_t len;

	fake->requests++;
	if (is_due(fake, FAULT_SHRINK_MEMORY))
		fake_shrink_memory(fake);
	if (is_due(fake, FAULT_DIE))
		_exit(4);
	if (is_due(fake, FAULT_CLOSE_REQUEST)) {
		fake->hang_up = true;
		return false;
	}
	if (is_due(fake, FAULT_STALL_REQUEST)) {
		fake_log(fake, "STALL %u", queue->index);
		/* With IN_ORDER, no later request can be completed either. */
		queue->held_up = ring->cfg.in_order;
		return !queue->held_up;
	}
	len = answer(req);
	fake->completions++;
	if (completes_badly(fake)) {
		complete_badly(req, len);
	} else if (ring->cfg.in_order) {
		req->batch++;
		req->batch_id = req->chain.id;
		req->batch_len = len;
	} else {
		devring_push(ring, req->chain.id, len, req->chain.ndesc);
	}
	return true;
}

static void signal_driver(struct fake_queue *queue, uint64_t first)
{
	struct fake *fake = queue->fake;
	uint64_t forget = fake->opt.request_at[FAULT_FORGET_SIGNAL], one = 1;

	if (!devring_must_signal(&queue->ring))
		return;
	if (forget > first && forget <= fake->completions) {
		fake_log(fake, "FORGET %u", queue->index);
		return;
	}
	/* If the counter is full, a signal is pending already. */
	if (queue->call_fd >= 0 && write(queue->call_fd, &one, sizeof(one)) < 0)
		return;
}

/*
 * Enable or disable kicks, but leave the invalid event suppression of FAULT_GARBAGE_EVENT
 * unchanged. Return true if a request is available.
 */
static bool want_kicks(struct fake_queue *queue, bool want)
{
	uint64_t garbage = queue->fake->opt.request_at[FAULT_GARBAGE_EVENT];

	if (garbage && queue->fake->requests >= garbage)
		return want && devring_available(&queue->ring);
	return devring_want_kicks(&queue->ring, want);
}

bool fake_blk_process(struct fake_queue *queue)
{
	/* Static, because it is too large for the stack and there is only one thread. */
	static struct fake_request req;
	struct devring *ring = &queue->ring;
	struct fake *fake = queue->fake;
	uint64_t first = fake->completions;
	unsigned int n;
	int ret = 0;

	if (queue->held_up)
		return false;
	want_kicks(queue, false);
	req.queue = queue;
	for (n = 0; n < ring->cfg.size; n++) {
		ret = devring_pop(ring, &req.chain);
		if (ret != 1 || !handle(&req))
			break;
	}
	push_batch(&req);
	devring_flush(ring);
	signal_driver(queue, first);
	if (ret < 0 || ring->complaint[0]) {
		fake_complain(fake, "%s (queue %u)", ring->complaint, queue->index);
		fake->hang_up = true;
	}
	if (fake->hang_up || queue->held_up)
		return false;
	if (fake->opt.poll || n == ring->cfg.size)
		return true;
	return want_kicks(queue, true);
}
