/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inbox of a job on a shared queue: completions of the job's requests that other jobs have
 * taken off the ring.
 *
 * An inbox is a ring buffer in the control mapping with one consumer, its owner. Only the holder of
 * the queue's lock adds completions (share.h), so an inbox needs no lock of its own.
 * The number of entries is a power of two and at least the number of slots of the queue. A job adds
 * a request to the ring only if its inbox has room for the completion (share_room()), so an inbox
 * never overflows unless the device completes a request twice.
 */
#ifndef ENGINE_INBOX_H
#define ENGINE_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtq/base.h"
#include "virtq/virtq.h"

/**
 * struct inbox_entry - one completion
 * @ctx: context of the request; only the owner of the inbox dereferences the pointer
 * @status: status byte of the request
 */
struct inbox_entry {
	void *ctx;
	unsigned char status;
};

/**
 * struct inbox - completions for one job
 * @added: number of completions ever added; written by the holder of the queue's lock
 * @taken: number of completions ever taken; written by the owner
 * @mask: number of entries - 1
 * @entry: the entries
 */
struct inbox {
	_Alignas(VIRTQ_CACHE_LINE) _Atomic uint32_t added;
	_Alignas(VIRTQ_CACHE_LINE) _Atomic uint32_t taken;
	uint32_t mask;
	struct inbox_entry *entry;
};

/**
 * inbox_add - hand a completion to the owner of an inbox
 * @inbox: inbox; the caller holds the lock of its queue
 * @ctx: context of the request
 * @status: status byte of the request
 *
 * Returns false if the inbox is full, which means that the device completed a request twice.
 */
static inline bool inbox_add(struct inbox *inbox, void *ctx, unsigned char status)
{
	uint32_t added = atomic_load_explicit(&inbox->added, memory_order_relaxed);

	/* Load @taken before overwriting the entry: pairs with the release store of inbox_take().
	 */
	if (UNLIKELY(added - atomic_load_explicit(&inbox->taken, memory_order_acquire) >
		     inbox->mask))
		return false;
	inbox->entry[added & inbox->mask] = (struct inbox_entry){ ctx, status };
	/* Store the entry before @added: pairs with the acquire load in inbox_take(). */
	atomic_store_explicit(&inbox->added, added + 1, memory_order_release);
	return true;
}

/* Return the number of completions for which the inbox has room. */
static inline uint32_t inbox_space(const struct inbox *inbox)
{
	return inbox->mask + 1 -
	       (atomic_load_explicit(&inbox->added, memory_order_relaxed) -
		atomic_load_explicit(&inbox->taken, memory_order_relaxed));
}

/* Return true if the inbox holds a completion. */
static inline bool inbox_has(const struct inbox *inbox)
{
	return atomic_load_explicit(&inbox->added, memory_order_acquire) !=
	       atomic_load_explicit(&inbox->taken, memory_order_relaxed);
}

/**
 * inbox_take - take the oldest completion from an inbox
 * @inbox: inbox of the calling job
 * @entry: set to the completion
 *
 * Returns false if the inbox is empty.
 */
static inline bool inbox_take(struct inbox *inbox, struct inbox_entry *entry)
{
	uint32_t taken = atomic_load_explicit(&inbox->taken, memory_order_relaxed);

	/* Load @added before the entry: pairs with the release store in inbox_add(). */
	if (atomic_load_explicit(&inbox->added, memory_order_acquire) == taken)
		return false;
	*entry = inbox->entry[taken & inbox->mask];
	/* Read the entry before storing @taken: pairs with the acquire load in inbox_add(). */
	atomic_store_explicit(&inbox->taken, taken + 1, memory_order_release);
	return true;
}

#endif
