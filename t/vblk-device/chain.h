/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor chains on the device side: translate and check addresses, gather the buffers of a
 * request
 */
#ifndef T_VBLK_DEVICE_CHAIN_H
#define T_VBLK_DEVICE_CHAIN_H

#include <stddef.h>

#include "t/vblk-device/vblk-device.h"

/*
 * A chain has at most queue-size descriptors. A buffer that crosses memory regions needs several
 * entries.
 */
#define VDEV_CHAIN_MAX_IOV (VDEV_MAX_QUEUE_SIZE * 2)

/**
 * vdev_translate - translate an address from the driver to a pointer
 * @q: queue
 * @addr: address in the driver's address space
 * @len: number of bytes wanted; reduced if fewer bytes are contiguous from @addr on
 *
 * Return the pointer, or NULL if no memory region contains @addr.
 */
static inline void *vdev_translate(const struct vdev_queue *q, uint64_t addr, uint64_t *len)
{
	for (unsigned int i = 0; i < q->nr_regions; i++) {
		const struct vdev_region *r = &q->region[i];

		if (addr >= r->start && addr < r->end) {
			if (*len > r->end - addr)
				*len = r->end - addr;
			return (void *)(r->host + (addr - r->start));
		}
	}
	return NULL;
}

static inline void vdev_chain_reset(struct vdev_chain *c)
{
	struct iovec *iov = c->iov;

	*c = (struct vdev_chain){ .iov = iov };
}

static inline void vdev_chain_push(struct vdev_chain *c, uint8_t *p, uint64_t len, bool writable)
{
	c->iov[c->nr_iov].iov_base = p;
	c->iov[c->nr_iov].iov_len = len;
	c->nr_iov++;
	if (writable)
		c->status = p + len - 1;
	else
		c->nr_readable++;
}

/*
 * Add a buffer that is not in a single region: it crosses regions, or it is not in shared memory.
 */
static __attribute__((noinline, cold, unused)) void vdev_chain_add_pieces(
	const struct vdev_queue *q, struct vdev_chain *c, uint64_t addr, uint32_t len,
	bool writable)
{
	while (len) {
		uint64_t part = len;
		uint8_t *p = vdev_translate(q, addr, &part);

		if (!p || c->nr_iov == VDEV_CHAIN_MAX_IOV) {
			vdev_rule("RING-3", "queue %u: buffer 0x%llx+%u is not in shared memory",
				  q->index, (unsigned long long)addr, len);
			c->bad = true;
			c->status = NULL;
			return;
		}
		vdev_chain_push(c, p, part, writable);
		addr += part;
		len -= (uint32_t)part;
	}
}

/**
 * vdev_chain_add - append the buffer of one descriptor to the chain
 * @q: queue
 * @c: chain
 * @addr: address in the driver's address space
 * @len: length of the buffer in bytes
 * @writable: the descriptor has the WRITE flag
 *
 * A buffer that breaks a rule is left out and marks the chain as bad. The caller still adds the
 * following descriptors, because they may contain the status byte that the driver reads.
 */
static inline __attribute__((always_inline)) void vdev_chain_add(const struct vdev_queue *q,
								 struct vdev_chain *c,
								 uint64_t addr, uint32_t len,
								 bool writable)
{
	bool data;

	if (vdev_unlikely(!len))
		return;
	if (writable) {
		/*
		 * A writable descriptor of one byte holds data unless it is the last one, which is
		 * the status. Count it only when the next descriptor arrives.
		 */
		if (c->last_writable_bytes == 1)
			c->data_descs++;
		data = len != 1;
		c->last_writable_bytes = len;
		c->writable_bytes += len;
		c->status = NULL;
	} else {
		if (vdev_unlikely(c->writable_bytes)) {
			vdev_rule("RING-2",
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
		const struct vdev_region *r = &q->region[i];

		if (addr - r->start < r->end - r->start && len <= r->end - addr) {
			vdev_chain_push(c, (void *)(r->host + (addr - r->start)), len, writable);
			return;
		}
	}
	vdev_chain_add_pieces(q, c, addr, len, writable);
}

/**
 * vdev_chain_table - find the indirect table of a descriptor
 * @q: queue
 * @c: chain; marked as bad if the driver broke a rule
 * @addr: address of the table
 * @len: length of the table in bytes
 * @flags: flags of the descriptor
 * @nested: the descriptor is itself in an indirect table
 *
 * Return the table, or NULL if it cannot be used.
 */
static inline void *vdev_chain_table(const struct vdev_queue *q, struct vdev_chain *c,
				     uint64_t addr, uint32_t len, uint16_t flags, bool nested)
{
	uint64_t got = len;
	void *table;

	if (vdev_unlikely(nested || !q->indirect)) {
		vdev_rule(
			"RING-4",
			nested ? "queue %u: indirect table inside an indirect table"
			       : "queue %u: indirect descriptor, but INDIRECT_DESC was not negotiated",
			q->index);
		c->bad = true;
		return NULL;
	}
	if (vdev_unlikely(flags & VRING_DESC_F_NEXT)) {
		vdev_rule("RING-4", "queue %u: descriptor with both INDIRECT and NEXT", q->index);
		c->bad = true;
	}
	if (vdev_unlikely(!len || len % sizeof(struct vring_desc) ||
			  len / sizeof(struct vring_desc) > q->size)) {
		vdev_rule(len / sizeof(struct vring_desc) > q->size ? "RING-3" : "RING-4",
			  "queue %u: invalid indirect table of %u bytes, ring of %u entries",
			  q->index, len, q->size);
		c->bad = true;
		return NULL;
	}
	table = vdev_translate(q, addr, &got);
	if (vdev_unlikely(!table || got != len)) {
		vdev_rule("RING-4", "queue %u: indirect table 0x%llx+%u is not in shared memory",
			  q->index, (unsigned long long)addr, len);
		c->bad = true;
		return NULL;
	}
	return table;
}

/**
 * vdev_chain_done - run the final checks on a chain with all its descriptors
 * @q: queue
 * @c: chain
 */
static inline void vdev_chain_done(struct vdev_queue *q, struct vdev_chain *c)
{
	if (vdev_unlikely(c->readable_bytes + c->writable_bytes > UINT32_MAX)) {
		vdev_rule("RING-3", "queue %u: chain of more than 2^32 bytes", q->index);
		c->bad = true;
	}
	if (vdev_unlikely(c->id >= q->size)) {
		vdev_rule("RING-3", "queue %u: buffer id %u is outside the ring of %u entries",
			  q->index, c->id, q->size);
		c->bad = true;
		return;
	}
	if (vdev_unlikely(q->seen[c->id] == q->round)) {
		vdev_rule("RING-5", "queue %u: buffer %u made available again before it was used",
			  q->index, c->id);
		c->bad = true;
	}
	q->seen[c->id] = q->round;
}

#endif
