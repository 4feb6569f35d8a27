/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device side of a virtqueue, for tests: it pops the buffers that a driver made available,
 * checks every duty of the driver while doing so, and pushes used buffers. It shares no code with
 * virtq/, so that the two are independent readings of the VIRTIO specification.
 *
 * One iteration of a device:
 *
 *	while (devring_pop(&ring, &chain) == 1)
 *		devring_push(&ring, chain.id, written, chain.ndesc);
 *	devring_flush(&ring);
 *	if (devring_must_signal(&ring))
 *		signal the driver;
 *	if (devring_want_kicks(&ring, true))
 *		run another iteration before sleeping;
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
 * typedef devring_translate_fn - convert an address in a descriptor to a pointer
 * @ctx: &struct devring_config.translate_ctx
 * @iova: first byte, as the driver wrote it
 * @len: number of bytes that must be accessible from @iova on
 *
 * Returns NULL unless the whole range is memory shared by the driver.
 */
typedef void *devring_translate_fn(void *ctx, uint64_t iova, uint32_t len);

/**
 * struct devring_config - negotiated features and memory of the queue
 * @layout: split or packed
 * @size: queue size; a power of two for split
 * @desc: descriptor table (split) or descriptor ring (packed)
 * @driver_area: available ring, or driver event suppression structure
 * @device_area: used ring, or device event suppression structure
 * @event_idx: VIRTIO_RING_F_EVENT_IDX
 * @indirect: VIRTIO_RING_F_INDIRECT_DESC
 * @in_order: VIRTIO_F_IN_ORDER
 * @translate: converts the addresses in descriptors
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

/*
 * Buffer of one descriptor. The length is never 0: devring_pop() complains about empty descriptors.
 */
struct devring_segment {
	void *ptr;
	uint64_t iova;
	uint32_t len;
	bool writable;
};

/**
 * struct devring_chain - one buffer the driver made available
 * @id: head descriptor (split) or buffer id (packed); argument of devring_push()
 * @ndesc: number of descriptors in the ring itself, where an indirect one counts as 1; argument of
 * devring_push()
 * @indirect: described by an indirect table, at least in part
 * @nsegs: number of entries used in @segs
 * @nreadable: number of device-readable entries, which come first
 * @readable_bytes: total length of the device-readable entries
 * @writable_bytes: total length of the device-writable entries
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

/* State of an id or descriptor between pop and push. */
struct devring_slot {
	bool busy;	/* split: descriptor held; packed: id held */
	uint16_t head;	/* split: head of the buffer that contains the descriptor */
	uint16_t next;	/* split: following descriptor of the same buffer */
	uint16_t ndesc; /* number of descriptors of the buffer with this id or head */
};

/**
 * struct devring - device side of one virtqueue
 * @cfg: configuration passed to devring_init()
 * @complaint: description of the duty that the driver broke, empty if none
 *
 * Users access only @cfg and @complaint; the other fields are for the ring model, including
 * fault.c.
 */
struct devring {
	struct devring_config cfg;
	char complaint[192];

	/* split: free-running; packed: position in the ring, with the wrap counter */
	uint16_t avail_next;
	uint16_t used_next;
	bool avail_wrap;
	bool used_wrap;

	uint16_t avail_seen; /* split: the last value of avail->idx loaded */

	/*
	 * @pending and @unsignalled count positions of the used ring (split) or descriptors
	 * (packed).
	 */
	unsigned int pending;	  /* pushed but not published */
	unsigned int unsignalled; /* published since the last devring_must_signal() */

	uint16_t held_back_pos; /* packed: descriptor whose flags are written last */
	uint16_t held_back_flags;

	unsigned int held; /* number of descriptors in buffers that the device holds */
	struct devring_slot *slots;
	uint16_t *order; /* in_order only: ids of held buffers, oldest first, from order_head on */
	unsigned int order_head;
	unsigned int order_count;
};

/**
 * devring_init - start a queue at index 0 (packed: both wrap counters 1)
 * @ring: ring to fill in
 * @cfg: configuration, which is copied; the memory that it points to remains the caller's
 *
 * Neither reads nor writes the queue's memory.
 *
 * Returns 0, or -1 with @ring->complaint set if size or alignment violate the table in the
 * specification (VIRTIO 1.3, 2.7 and 2.8.10) or memory cannot be allocated. The caller must call
 * devring_fini() in either case.
 */
int devring_init(struct devring *ring, const struct devring_config *cfg);

/**
 * devring_fini - free what devring_init() allocated
 * @ring: ring; it may be initialised again
 */
void devring_fini(struct devring *ring);

/**
 * devring_set_base - set the position at which the ring starts
 * @ring: freshly initialised ring
 * @base: position in the form of vhost-user's SET_VRING_BASE. split: the next available index; the
 * next used index is read from used->idx. packed: bits 0-14 available position, 15 its wrap
 * counter, 16-30 used position, 31 its wrap counter
 *
 * Returns 0, or -1 with @ring->complaint set if a packed position is outside the ring.
 */
int devring_set_base(struct devring *ring, uint32_t base);

/**
 * devring_base - return the current position, in the form of devring_set_base()
 * @ring: ring
 */
uint32_t devring_base(const struct devring *ring);

/**
 * devring_available - check whether a buffer is available
 * @ring: ring
 *
 * Reads only the available index (split) or the next descriptor's flags (packed).
 */
bool devring_available(const struct devring *ring);

/**
 * devring_pop - take the next available buffer
 * @ring: ring
 * @out: filled in if 1 is returned
 *
 * Returns 1 with a buffer, 0 if no buffer is available, or -1 if the driver broke a duty, which
 * @ring->complaint describes. After that every call returns -1: the device needs a reset.
 */
int devring_pop(struct devring *ring, struct devring_chain *out);

/**
 * devring_push - write a used entry, which the driver sees after devring_flush()
 * @ring: ring
 * @id: &struct devring_chain.id. Not checked: fault tests push ids that were never available
 * @len: bytes written to the device-writable part; not checked
 * @ndesc: &struct devring_chain.ndesc; number of descriptors by which a packed ring advances
 */
void devring_push(struct devring *ring, uint32_t id, uint32_t len, uint16_t ndesc);

/**
 * devring_push_batch - write one used entry for several buffers (VIRTIO_F_IN_ORDER only)
 * @ring: ring with in_order
 * @id: id of the last buffer of the batch
 * @len: bytes written to that last buffer
 * @nbuffers: number of buffers in the batch: the oldest popped buffers that are not yet pushed
 */
void devring_push_batch(struct devring *ring, uint32_t id, uint32_t len, unsigned int nbuffers);

/**
 * devring_flush - publish all pushed used entries
 * @ring: ring
 *
 * Returns false if no entry was pushed.
 */
bool devring_flush(struct devring *ring);

/**
 * devring_must_signal - check whether the driver requests a used buffer notification
 * @ring: ring
 *
 * Considers the entries flushed since the last call, whatever that call returned: with event_idx
 * the result is true exactly if the driver's event index is among these entries. So a driver that
 * moves its event index without checking the ring again does not get a notification by luck.
 *
 * If the driver's event suppression fields break a duty, @ring->complaint is set and the result is
 * true.
 */
bool devring_must_signal(struct devring *ring);

/**
 * devring_want_kicks - enable or disable available buffer notifications
 * @ring: ring
 * @want: with event_idx, true requests a notification when the next buffer becomes available, and
 *	false leaves the event index of a split ring unchanged
 *
 * Returns true if @want is true and a buffer is available already: the driver may not have seen the
 * request for a notification, so devring_pop() must be called again before sleeping. Otherwise
 * returns false.
 */
bool devring_want_kicks(struct devring *ring, bool want);

#endif
