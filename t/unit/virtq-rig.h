/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of virtq/: a queue between the driver and a device that shares no code with
 * the driver, and requests that are checked at each step.
 *
 * The tests run for all kinds of queues; a kind is the sum of the bits below.
 */
#ifndef T_UNIT_VIRTQ_RIG_H
#define T_UNIT_VIRTQ_RIG_H

#include <errno.h>
#include <string.h>

#include "t/ring-model/fault.h"
#include "t/ring-model/ring.h"
#include "t/unit/unit.h"
#include "virtq/virtq_ops.h"

enum { PACKED = 1, INDIRECT = 2, EVENT_IDX = 4, IN_ORDER = 8, KINDS = 16 };

#define QUEUE_IOVA  0x700000000ull
#define DATA_IOVA   0x900000000ull
#define HEAD_BYTES  16u
#define PIECE	    512u
#define GUARD_BYTES 4096u
#define GUARD	    0xa5
#define POISON	    0xee
#define MOST	    32768u

struct rig_request {
	uint64_t serial;
	struct virtq_slot *slot;
	uint64_t iova;
	uint32_t bytes, piece;
	bool device_writes;
	enum { UNKNOWN, ADDED, POPPED, PUSHED } state;
	uint16_t id, ndesc;
	uint32_t writable;
	unsigned char status;	      /* value that the device writes to the footer */
	unsigned int errors_reported; /* number of on_error() calls */
	unsigned char footer;	      /* footer passed to the last on_error() call */
};

/* A queue of requests, oldest first. */
struct line {
	struct rig_request *q[MOST];
	unsigned int first, n;
};

static struct {
	struct virtq_config config;
	struct virtq_layout layout;
	struct virtq vq;
	uint64_t iova; /* address of the virtqueue in the device's address space */
	unsigned char *block, *memory, *data;
	void *state;
	struct devring ring;
	struct devring_chain chain;
	unsigned int
		next_id;  /* IN_ORDER on a split ring: descriptor at which the next chain starts */
	struct line held; /* requests held by the device */
	struct line pushed;	   /* requests in the order in which the device used them */
	unsigned int visible;	   /* number of requests in @pushed that the driver can see */
	uint64_t short_pushed;	   /* requests that the device used with too small a length */
	void *taken_ctx[MOST + 1]; /* the last entry must never be written */
} r;

/*
 * Requests, indexed by the low 16 bits of their serial numbers, and the last serial number
 * assigned. Never reset.
 */
static struct rig_request requests[65536];
static uint64_t last_serial;
static uint32_t rng_state = 1;

static inline uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 17;
	rng_state ^= rng_state << 5;
	return rng_state % below;
}

static inline struct rig_request **line_at(struct line *line, unsigned int at)
{
	return &line->q[(line->first + at) % MOST];
}

static inline void line_put(struct line *line, struct rig_request *q)
{
	CHECK(line->n < MOST);
	*line_at(line, line->n++) = q;
}

/* Remove entry @at. The last entry takes its place, unless @at is 0. */
static inline struct rig_request *line_get(struct line *line, unsigned int at)
{
	struct rig_request *q = *line_at(line, at);

	CHECK(at < line->n--);
	if (at)
		*line_at(line, at) = *line_at(line, line->n);
	else
		line->first = (line->first + 1) % MOST;
	return q;
}

static inline size_t data_stride(void)
{
	return (size_t)r.config.segments * PIECE + 1;
}

static inline void *translate(void *ctx, uint64_t iova, uint32_t len)
{
	size_t data_bytes = r.layout.slots * data_stride();

	(void)ctx;
	if (iova - r.iova < r.layout.bytes && len <= r.layout.bytes - (iova - r.iova))
		return r.memory + (iova - r.iova);
	if (iova - DATA_IOVA < data_bytes && len <= data_bytes - (iova - DATA_IOVA))
		return r.data + (iova - DATA_IOVA);
	return NULL;
}

static inline struct virtq_config config(int kind, uint32_t size, uint32_t segments)
{
	return (struct virtq_config){
		.size = size,
		.segments = segments,
		.header_bytes = HEAD_BYTES,
		.footer_bytes = 1,
		.packed = kind & PACKED,
		.indirect = kind & INDIRECT,
		.event_idx = kind & EVENT_IDX,
		.in_order = kind & IN_ORDER,
	};
}

/*
 * Like config(), but for rings of any size: a ring of size 1 has room for headers only, a ring of
 * size 2 has no room for data.
 */
static inline struct virtq_config config_that_fits(int kind, uint32_t size, uint32_t segments)
{
	struct virtq_config c = config(kind, size, segments);

	if (size == 1)
		c.footer_bytes = c.segments = 0;
	else if (c.segments > size - 2)
		c.segments = size - 2;
	return c;
}

/* Return true if the first descriptor of a chain does not depend on the slot (split ring). */
static inline bool descriptors_move(int kind)
{
	return (kind & (PACKED | INDIRECT | IN_ORDER)) == IN_ORDER;
}

static inline void stop(void)
{
	free(r.block);
	free(r.data);
	free(r.state);
	devring_fini(&r.ring);
	r.block = r.data = NULL;
	r.state = NULL;
	r.held.n = r.pushed.n = r.visible = r.next_id = 0;
	r.short_pushed = 0;
}

/* Set a packed ring to the state after @steps descriptors were used, one by one. */
static inline uint32_t packed_start(unsigned int steps)
{
	struct virtq_packed *p = &r.vq.packed;
	unsigned int pos = steps % r.config.size, i;
	bool wrap = !(steps / r.config.size & 1);

	for (i = 0; i < r.config.size; i++)
		p->desc[i].packed.flags = htole16(wrap == (i < pos) ? 0x8080 : 0);
	p->next = p->used_next = p->desc + pos;
	if (!wrap) {
		p->avail ^= VIRTQ_PACKED_BOTH;
		p->head_meta ^= VIRTQ_PACKED_BOTH;
		p->tail_meta ^= VIRTQ_PACKED_BOTH;
		p->used ^= VIRTQ_PACKED_WRAP;
	}
	return pos | (uint32_t)wrap << 15 | pos << 16 | (uint32_t)wrap << 31;
}

/*
 * Start a queue between a driver and a device that have both processed @index requests (split,
 * modulo 2^16) or descriptors (packed). The driver's own counters overflow soon.
 */
static inline void start_at(struct virtq_config c, unsigned int index)
{
	struct devring_config device;
	uint32_t base = (uint16_t)index;
	size_t bytes;

	stop();
	r.config = c;
	if (!r.iova)
		r.iova = QUEUE_IOVA;
	CHECK_EQ(virtq_layout(&c, &r.layout), 0);
	bytes = (r.layout.bytes + 2 * GUARD_BYTES + 4095) / 4096 * 4096;
	r.block = aligned_alloc(4096, bytes);
	CHECK_EQ(posix_memalign(&r.state, VIRTQ_CACHE_LINE, virtq_state_bytes(&c, &r.layout)), 0);
	r.data = calloc(r.layout.slots, data_stride());
	CHECK(r.block && r.data);
	memset(r.state, 0, virtq_state_bytes(&c, &r.layout));
	r.memory = r.block + GUARD_BYTES;
	memset(r.block, GUARD, GUARD_BYTES);
	memset(r.memory, 0, r.layout.bytes);
	memset(r.memory + r.layout.bytes, GUARD, GUARD_BYTES);
	virtq_init(&r.vq, &c, &r.layout, r.memory, r.state);
	virtq_format(&r.vq, &r.layout, r.iova);

	r.vq.added = r.vq.published = r.vq.taken = 0xffff0000u | (uint16_t)index;
	if (c.packed)
		base = packed_start(index);
	else
		r.vq.split.avail->idx = r.vq.split.used->idx = htole16((uint16_t)index);
	virtq_disarm(&r.vq);
	device = (struct devring_config){
		.layout = c.packed ? DEVRING_PACKED : DEVRING_SPLIT,
		.size = c.size,
		.desc = r.memory + r.layout.desc,
		.driver_area = r.memory + r.layout.driver,
		.device_area = r.memory + r.layout.device,
		.event_idx = c.event_idx,
		.indirect = c.indirect,
		.in_order = c.in_order,
		.translate = translate,
	};
	if (devring_init(&r.ring, &device))
		ck_abort_msg("%s", r.ring.complaint);
	CHECK_EQ(devring_set_base(&r.ring, base), 0);
}

static inline void start(struct virtq_config c)
{
	start_at(c, 0);
}

static inline void check_guards(void)
{
	for (size_t i = 0; i < GUARD_BYTES; i++) {
		CHECK_EQ(r.block[i], GUARD);
		CHECK_EQ(r.memory[r.layout.bytes + i], GUARD);
	}
}

static inline unsigned char *data_of(const struct rig_request *q)
{
	return r.data + (q->iova - DATA_IOVA);
}

static inline bool room_for_marks(const struct rig_request *q)
{
	return q->bytes >= 2 * sizeof(q->serial);
}

static inline void mark_data(const struct rig_request *q, uint64_t mark)
{
	memcpy(data_of(q), &mark, sizeof(mark));
	memcpy(data_of(q) + q->bytes - sizeof(mark), &mark, sizeof(mark));
}

static inline void check_data(const struct rig_request *q)
{
	uint64_t seen[2];

	memcpy(&seen[0], data_of(q), sizeof(seen[0]));
	memcpy(&seen[1], data_of(q) + q->bytes - sizeof(seen[1]), sizeof(seen[1]));
	CHECK_EQ(seen[0], q->serial);
	CHECK_EQ(seen[1], q->serial);
}

/*
 * Driver: add a request with a serial number in its header, and in its data if the device reads it.
 */
static inline struct rig_request *add_pieces(uint32_t bytes, uint32_t piece, bool device_writes)
{
	uint64_t serial = ++last_serial;
	struct virtq_slot *slot = virtq_slot_free(&r.vq);
	struct rig_request *q = &requests[serial & 0xffff];

	CHECK(slot != NULL);
	*q = (struct rig_request){
		.serial = serial,
		.slot = slot,
		.bytes = bytes,
		.piece = piece,
		.device_writes = device_writes,
		.state = ADDED,
		.iova = DATA_IOVA + slot->id * data_stride(),
		/* Most statuses are 0, as with a real device. */
		.status = serial % 3 || !r.config.footer_bytes ? 0 : (unsigned char)(serial / 3),
	};
	memcpy(slot->header, &serial, sizeof(serial));
	if (r.config.footer_bytes)
		*slot->footer = POISON;
	if (room_for_marks(q))
		mark_data(q, device_writes ? 0 : serial);
	virtq_add(&r.vq, slot, q, q->iova, bytes, piece, device_writes);
	return q;
}

static inline struct rig_request *add(uint32_t bytes, bool device_writes)
{
	return add_pieces(bytes, PIECE, device_writes);
}

static inline void add_many(unsigned int n)
{
	while (n--)
		add(r.config.segments ? PIECE : 0, true);
}

/* Device: pop one request and check its shape (RING-2, RING-3, RING-4, RING-8). */
static inline bool pop(void)
{
	int got = devring_pop(&r.ring, &r.chain);
	struct rig_request *q;
	uint64_t serial;
	uint32_t n, left;

	if (got < 0)
		ck_abort_msg("%s", r.ring.complaint);
	if (!got)
		return false;
	CHECK(r.chain.nsegs >= 1);
	CHECK(!r.chain.segs[0].writable);
	CHECK_EQ(r.chain.segs[0].len, HEAD_BYTES);
	memcpy(&serial, r.chain.segs[0].ptr, sizeof(serial));
	q = &requests[serial & 0xffff];
	CHECK_EQ(q->serial, serial);
	CHECK_EQ(q->state, ADDED);
	CHECK(r.chain.segs[0].ptr == q->slot->header);

	for (n = 1, left = q->bytes; left; n++) {
		uint32_t len = left < q->piece ? left : q->piece;

		CHECK(n < r.chain.nsegs);
		CHECK_EQ(r.chain.segs[n].iova, q->iova + q->bytes - left);
		CHECK_EQ(r.chain.segs[n].len, len);
		CHECK_EQ(r.chain.segs[n].writable, q->device_writes);
		left -= len;
	}
	CHECK_EQ(r.chain.nsegs, n + r.config.footer_bytes);
	if (r.config.footer_bytes) {
		CHECK(r.chain.segs[n].writable);
		CHECK_EQ(r.chain.segs[n].len, 1);
		CHECK(r.chain.segs[n].ptr == q->slot->footer);
		CHECK_EQ(*q->slot->footer, POISON);
	}
	CHECK_EQ(r.chain.indirect, r.config.indirect);
	CHECK_EQ(r.chain.ndesc, r.config.indirect ? 1 : r.chain.nsegs);
	if (r.config.in_order && !r.config.packed) {
		CHECK_EQ(r.chain.id, r.next_id);
		r.next_id = (r.next_id + r.chain.ndesc) % r.config.size;
	}
	q->state = POPPED;
	q->id = r.chain.id;
	q->ndesc = r.chain.ndesc;
	q->writable = (uint32_t)r.chain.writable_bytes;
	line_put(&r.held, q);
	return true;
}

static inline unsigned int pop_all(void)
{
	unsigned int n = 0;

	while (pop())
		n++;
	return n;
}

/* Device: perform request @at of @held, which must be unchanged (RING-5). */
static inline struct rig_request *work_on(unsigned int at)
{
	struct rig_request *q = line_get(&r.held, r.config.in_order ? 0 : at);
	uint64_t seen;

	CHECK_EQ(q->state, POPPED);
	memcpy(&seen, q->slot->header, sizeof(seen));
	CHECK_EQ(seen, q->serial);
	if (room_for_marks(q) && q->device_writes)
		mark_data(q, q->serial);
	else if (room_for_marks(q))
		check_data(q);
	if (r.config.footer_bytes) {
		CHECK_EQ(*q->slot->footer, POISON);
		*q->slot->footer = q->status;
	}
	q->state = PUSHED;
	line_put(&r.pushed, q);
	return q;
}

/*
 * Device: use request @at of @held, or the oldest one with IN_ORDER. The used length is too small
 * by @by bytes.
 */
static inline void push_short(unsigned int at, uint32_t by)
{
	struct rig_request *q = work_on(at);

	devring_push(&r.ring, q->id, q->writable - by, q->ndesc);
	r.short_pushed += !!by;
}

static inline void push(unsigned int at)
{
	push_short(at, 0);
}

/* Device: use the oldest @n requests with one used element (IN_ORDER). */
static inline void push_batch(unsigned int n)
{
	struct rig_request *q = NULL;

	for (unsigned int i = 0; i < n; i++)
		q = work_on(0);
	devring_push_batch(&r.ring, q->id, q->writable, n);
}

static inline void flush(void)
{
	devring_flush(&r.ring);
	r.visible = r.pushed.n;
}

static inline void push_all_and_flush(void)
{
	while (r.held.n)
		push(0);
	flush();
}

static inline void on_error(void *arg, void *ctx, unsigned char footer)
{
	struct rig_request *q = ctx;

	CHECK(arg == &r);
	q->errors_reported++;
	q->footer = footer;
}

/* Driver: take at most @max requests; check that they come in the order of use and unchanged. */
static inline unsigned int take_some(unsigned int max)
{
	unsigned int n =
		(unsigned int)(virtq_take(&r.vq, r.taken_ctx, r.taken_ctx + max, on_error, &r) -
			       r.taken_ctx);

	CHECK_EQ(n, r.visible < max ? r.visible : max);
	r.visible -= n;
	for (unsigned int i = 0; i < n; i++) {
		struct rig_request *q = line_get(&r.pushed, 0);

		CHECK(q == r.taken_ctx[i]);
		CHECK_EQ(q->state, PUSHED);
		CHECK_EQ(q->errors_reported, !!q->status);
		CHECK_EQ(q->footer, q->status);
		if (room_for_marks(q))
			check_data(q);
		q->state = UNKNOWN;
	}
	return n;
}

static inline unsigned int take_all(void)
{
	return take_some(MOST);
}

/* Run one request from driver to device and back. */
static inline void round_trip(uint32_t bytes, bool device_writes)
{
	add(bytes, device_writes);
	CHECK_EQ(pop_all(), 0);
	virtq_publish(&r.vq);
	CHECK_EQ(pop_all(), 1);
	CHECK_EQ(take_all(), 0);
	push_all_and_flush();
	CHECK_EQ(take_all(), 1);
}

static inline void check_all_is_well(void)
{
	ck_assert_str_eq(r.ring.complaint, "");
	CHECK_EQ(r.vq.fault, VIRTQ_FAULT_NONE);
	CHECK_EQ(virtq_outstanding(&r.vq), 0);
	check_guards();
}

static inline TCase *rig_tcase(Suite *suite, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, NULL, stop);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return tc;
}

#endif
