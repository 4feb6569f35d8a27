/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side of a virtqueue, for tests: pops what a driver made available, checks every duty
 * the driver has while doing so, and pushes used buffers. It shares no code with virtq/, so that
 * the two are independent readings of the VIRTIO specification.
 *
 * A device's turn:
 *
 *	while (devring_pop(&ring, &chain) == 1)
 *		devring_push(&ring, chain.id, written, chain.ndesc);
 *	devring_flush(&ring);
 *	if (devring_must_signal(&ring))
 *		signal the driver;
 *	if (devring_want_kicks(&ring, true))
 *		another turn is due before sleeping;
 */
#ifndef T_RING_MODEL_RING_H
#define T_RING_MODEL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#define DEVRING_MAX_SEGMENTS 1024

enum devring_layout {
	DEVRING_SPLIT,
	DEVRING_PACKED,
};

/**
 * typedef devring_translate_fn - turn an address the driver wrote into a pointer
 * @ctx: &struct devring_config.translate_ctx
 * @iova: first byte, as the driver wrote it
 * @len: bytes that must be reachable from there
 *
 * Returns NULL unless all of the range is memory the driver shares.
 */
typedef void *devring_translate_fn(void *ctx, uint64_t iova, uint32_t len);

/**
 * struct devring_config - what was negotiated, and where the queue lies
 * @layout: split or packed
 * @size: queue size; a power of two for split
 * @desc: descriptor table (split) or descriptor ring (packed)
 * @driver_area: available ring, or driver event suppression structure
 * @device_area: used ring, or device event suppression structure
 * @event_idx: VIRTIO_RING_F_EVENT_IDX
 * @indirect: VIRTIO_RING_F_INDIRECT_DESC
 * @in_order: VIRTIO_F_IN_ORDER
 * @translate: for the addresses in descriptors
 * @translate_ctx: handed to @translate
 */
struct devring_config {
	enum devring_layout layout;
	unsigned int size;
	void *desc;
	void *driver_area;
	void *device_area;
	bool event_idx;
	bool indirect;
	bool in_order;
	devring_translate_fn *translate;
	void *translate_ctx;
};

/* One descriptor's buffer; zero-length ones never appear, they are complained about. */
struct devring_segment {
	void *ptr;
	uint64_t iova;
	uint32_t len;
	bool writable;
};

/**
 * struct devring_chain - one buffer the driver made available
 * @id: head descriptor (split), buffer id (packed): what devring_push() wants
 * @ndesc: descriptors it takes in the ring itself, an indirect one counts 1: what devring_push()
 *	wants
 * @indirect: described by an indirect table, at least in part
 * @nsegs: used entries of @segs
 * @nreadable: how many of them are device-readable; these come first
 * @readable_bytes: their length
 * @writable_bytes: length of the rest
 * @segs: segments in the driver's order
 */
struct devring_chain {
	uint16_t id;
	uint16_t ndesc;
	bool indirect;
	unsigned int nsegs;
	unsigned int nreadable;
	uint64_t readable_bytes;
	uint64_t writable_bytes;
	struct devring_segment segs[DEVRING_MAX_SEGMENTS];
};

/* What the ring remembers about an id or table entry between pop and push. */
struct devring_slot {
	bool busy;	/* split: descriptor held; packed: id held */
	uint16_t head;	/* split: of the buffer it is in */
	uint16_t next;	/* split: following descriptor of the same buffer */
	uint16_t ndesc; /* of the buffer with this id or head */
};

/**
 * struct devring - device side of one virtqueue
 * @cfg: as given to devring_init()
 * @complaint: the duty the driver broke, empty if none so far
 *
 * Only @cfg and @complaint are for users; the rest is open for device-fault.c.
 */
struct devring {
	struct devring_config cfg;
	char complaint[192];

	/* split: free-running; packed: position in the ring, with the wrap counter */
	uint16_t avail_next;
	uint16_t used_next;
	bool avail_wrap;
	bool used_wrap;

	uint16_t avail_seen; /* split: the last avail->idx loaded */

	/* Both in steps of the used index: entries (split) or descriptors (packed). */
	unsigned int pending;	  /* pushed, not published */
	unsigned int unsignalled; /* published since the last devring_must_signal() */

	uint16_t held_back_pos; /* packed, while pending: the entry without its flags yet */
	uint16_t held_back_flags;

	unsigned int held; /* descriptors in buffers the device holds */
	struct devring_slot *slots;
	uint16_t *order; /* ids held, oldest first, from order_head; in_order only */
	unsigned int order_head;
	unsigned int order_count;
};

/**
 * devring_init - start a queue at index 0 (packed: both wrap counters 1)
 * @ring: ring to fill in
 * @cfg: copied; the memory it points at stays the caller's
 *
 * Reads nothing and writes nothing in the queue's memory.
 *
 * Returns 0, or -1 with @ring->complaint set if size or alignment break the specification's table
 * (VIRTIO 1.3, 2.7 and 2.8.10) or memory is out. devring_fini() is due in either case.
 */
int devring_init(struct devring *ring, const struct devring_config *cfg);

/**
 * devring_fini - free what devring_init() allocated
 * @ring: ring; may be initialised again
 */
void devring_fini(struct devring *ring);

/**
 * devring_set_base - start somewhere else
 * @ring: freshly initialised ring
 * @base: as vhost-user's SET_VRING_BASE has it. split: the next available index, and the next
 *	used index is read from used->idx. packed: bits 0-14 available position, 15 its wrap
 *	counter, 16-30 used position, 31 its wrap counter
 *
 * Returns 0, or -1 with @ring->complaint set if a packed position is outside the ring.
 */
int devring_set_base(struct devring *ring, uint32_t base);

/**
 * devring_base - where the ring is now, in devring_set_base()'s form
 * @ring: ring
 */
uint32_t devring_base(const struct devring *ring);

/**
 * devring_available - is there something to pop?
 * @ring: ring
 *
 * Only looks at the index (split) or the next descriptor's flags (packed).
 */
bool devring_available(const struct devring *ring);

/**
 * devring_pop - take the next available buffer
 * @ring: ring
 * @out: filled in if 1 is returned
 *
 * Returns 1 with a buffer, 0 if nothing is available, -1 if the driver broke a duty, which
 * @ring->complaint names; then every later call returns -1 too: the device needs a reset.
 */
int devring_pop(struct devring *ring, struct devring_chain *out);

/**
 * devring_push - write a used entry, which the driver does not see before devring_flush()
 * @ring: ring
 * @id: &struct devring_chain.id. Not checked: tests of faults push ids that nobody made available
 * @len: bytes written to the device-writable part. Not checked either
 * @ndesc: &struct devring_chain.ndesc: how far a packed ring moves on
 */
void devring_push(struct devring *ring, uint32_t id, uint32_t len, uint16_t ndesc);

/**
 * devring_push_batch - write one used entry for several buffers (VIRTIO_F_IN_ORDER only)
 * @ring: ring with in_order
 * @id: id of the last buffer of the batch
 * @len: bytes written to that last buffer
 * @nbuffers: buffers in the batch: the @nbuffers that were popped first and not pushed yet
 */
void devring_push_batch(struct devring *ring, uint32_t id, uint32_t len, unsigned int nbuffers);

/**
 * devring_flush - let the driver see everything pushed
 * @ring: ring
 *
 * Returns false if there was nothing.
 */
bool devring_flush(struct devring *ring);

/**
 * devring_must_signal - does the driver want a used buffer notification?
 * @ring: ring
 *
 * For what was flushed since the last call, whether or not that call said yes: with event_idx the
 * answer is exactly "the entry the driver asked about is among them". A driver that moves its event
 * index without looking at the ring once more is thus not signalled by luck.
 *
 * A driver's event field that breaks a duty sets @ring->complaint (and answers true).
 */
bool devring_must_signal(struct devring *ring);

/**
 * devring_want_kicks - ask for available buffer notifications, or ask for none
 * @ring: ring
 * @want: with event_idx, true asks for one when the next buffer becomes available, and false on a
 *	split ring just stops asking
 *
 * Returns true if @want and something is available already: the driver may not have seen the wish,
 * so devring_pop() must be called again before sleeping. Otherwise false.
 */
bool devring_want_kicks(struct devring *ring, bool want);

#endif
