/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor chains as the device sees them: addresses translated and checked, one request's
 * buffers gathered
 */
#ifndef VBLK_DEVICE_CHAIN_H
#define VBLK_DEVICE_CHAIN_H

#include <stddef.h>

#include "t/vblk-device/vblk-device.h"

/*
 * A chain has at most queue-size descriptors; one that crosses memory regions becomes several
 * pieces.
 */
#define VBLK_CHAIN_MAX_IOV (VBLK_MAX_QUEUE_SIZE * 2)

/**
 * vblk_translate - where an address of the driver's is mapped here
 * @q: queue
 * @addr: the driver's address
 * @len: bytes wanted; updated to the bytes contiguous from there, at most as many
 *
 * Returns NULL if no memory region holds @addr.
 */
static inline void *vblk_translate(const struct vblk_queue *q, uint64_t addr, uint64_t *len)
{
	for (unsigned int i = 0; i < q->nr_regions; i++) {
		const struct vblk_region *r = &q->region[i];

		if (addr >= r->start && addr < r->end) {
			if (*len > r->end - addr)
				*len = r->end - addr;
			return (void *)(r->host + (addr - r->start));
		}
	}
	return NULL;
}

static inline void vblk_chain_reset(struct vblk_chain *c)
{
	struct iovec *iov = c->iov;

	*c = (struct vblk_chain){ .iov = iov };
}

static inline void vblk_chain_push(struct vblk_chain *c, uint8_t *p, uint64_t len, bool writable)
{
	c->iov[c->nr_iov].iov_base = p;
	c->iov[c->nr_iov].iov_len = len;
	c->nr_iov++;
	if (writable)
		c->status = p + len - 1;
	else
		c->nr_readable++;
}

/* A buffer that no single region holds: in several pieces, or not reachable at all. */
static __attribute__((noinline, cold, unused)) void vblk_chain_add_pieces(
	const struct vblk_queue *q, struct vblk_chain *c, uint64_t addr, uint32_t len,
	bool writable)
{
	while (len) {
		uint64_t part = len;
		uint8_t *p = vblk_translate(q, addr, &part);

		if (!p || c->nr_iov == VBLK_CHAIN_MAX_IOV) {
			vblk_rule("RING-3", "queue %u: buffer 0x%llx+%u is not in shared memory",
				  q->index, (unsigned long long)addr, len);
			c->bad = true;
			c->status = NULL;
			return;
		}
		vblk_chain_push(c, p, part, writable);
		addr += part;
		len -= (uint32_t)part;
	}
}

/**
 * vblk_chain_add - append one descriptor's buffer to the chain
 * @q: queue
 * @c: chain
 * @addr: the driver's address
 * @len: bytes
 * @writable: the descriptor has the WRITE flag
 *
 * A buffer that breaks a rule marks the chain bad and is left out; the walk goes on, since the
 * status byte that the driver looks at may still come.
 */
static inline __attribute__((always_inline)) void vblk_chain_add(const struct vblk_queue *q,
								 struct vblk_chain *c,
								 uint64_t addr, uint32_t len,
								 bool writable)
{
	bool data;

	if (vblk_unlikely(!len))
		return;
	if (writable) {
		/*
		 * A last descriptor of one byte is the status alone: counted once the next one is
		 * seen.
		 */
		if (c->last_writable_bytes == 1)
			c->data_descs++;
		data = len != 1;
		c->last_writable_bytes = len;
		c->writable_bytes += len;
		c->status = NULL;
	} else {
		if (vblk_unlikely(c->writable_bytes)) {
			vblk_rule("RING-2",
				  "queue %u: device-readable descriptor after a writable one",
				  q->index);
			c->bad = true;
			return;
		}
		c->readable_bytes += len;
		data = c->readable_bytes > sizeof(struct virtio_blk_outhdr);
	}
	if (data) {
		c->data_descs++;
		if (len > c->data_desc_max_bytes)
			c->data_desc_max_bytes = len;
	}

	for (unsigned int i = 0; i < q->nr_regions; i++) {
		const struct vblk_region *r = &q->region[i];

		if (addr - r->start < r->end - r->start && len <= r->end - addr) {
			vblk_chain_push(c, (void *)(r->host + (addr - r->start)), len, writable);
			return;
		}
	}
	vblk_chain_add_pieces(q, c, addr, len, writable);
}

/**
 * vblk_chain_table - the indirect table a descriptor refers to
 * @q: queue
 * @c: chain, marked bad if a rule is broken
 * @addr: the table's address
 * @len: its bytes
 * @flags: the descriptor's flags
 * @nested: the descriptor is itself in an indirect table
 *
 * Returns NULL if there is nothing that can be walked.
 */
static inline void *vblk_chain_table(const struct vblk_queue *q, struct vblk_chain *c,
				     uint64_t addr, uint32_t len, uint16_t flags, bool nested)
{
	uint64_t got = len;
	void *table;

	if (vblk_unlikely(nested || !q->indirect)) {
		vblk_rule("RING-4",
			  nested ? "queue %u: indirect table inside an indirect table"
				 : "queue %u: indirect descriptor, but INDIRECT_DESC was not "
				   "negotiated",
			  q->index);
		c->bad = true;
		return NULL;
	}
	if (vblk_unlikely(flags & VRING_DESC_F_NEXT)) {
		vblk_rule("RING-4", "queue %u: descriptor with both INDIRECT and NEXT", q->index);
		c->bad = true;
	}
	if (vblk_unlikely(!len || len % sizeof(struct vring_desc) ||
			  len / sizeof(struct vring_desc) > q->size)) {
		vblk_rule(len / sizeof(struct vring_desc) > q->size ? "RING-3" : "RING-4",
			  "queue %u: indirect table of %u bytes, ring of %u entries", q->index, len,
			  q->size);
		c->bad = true;
		return NULL;
	}
	table = vblk_translate(q, addr, &got);
	if (vblk_unlikely(!table || got != len)) {
		vblk_rule("RING-4", "queue %u: indirect table 0x%llx+%u is not in shared memory",
			  q->index, (unsigned long long)addr, len);
		c->bad = true;
		return NULL;
	}
	return table;
}

/**
 * vblk_chain_done - the last checks, once every descriptor is in
 * @q: queue
 * @c: chain
 */
static inline void vblk_chain_done(struct vblk_queue *q, struct vblk_chain *c)
{
	if (vblk_unlikely(c->readable_bytes + c->writable_bytes > UINT32_MAX)) {
		vblk_rule("RING-3", "queue %u: chain of more than 2^32 bytes", q->index);
		c->bad = true;
	}
	if (vblk_unlikely(c->id >= q->size)) {
		vblk_rule("RING-3", "queue %u: buffer id %u, ring of %u entries", q->index, c->id,
			  q->size);
		c->bad = true;
		return;
	}
	if (vblk_unlikely(q->seen[c->id] == q->round)) {
		vblk_rule("RING-5", "queue %u: buffer %u made available again before it was used",
			  q->index, c->id);
		c->bad = true;
	}
	q->seen[c->id] = q->round;
}

#endif
