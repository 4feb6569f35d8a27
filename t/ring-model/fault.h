/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device must never do to a virtqueue, for tests of what a driver makes of it. Each function
 * breaks one rule of the specification and touches the memory the driver reads, at once.
 */
#ifndef T_RING_MODEL_FAULT_H
#define T_RING_MODEL_FAULT_H

#include "t/ring-model/ring.h"

/**
 * devfault_write_used - overwrite one used element and publish nothing
 * @ring: ring
 * @pos: used ring element (split) or descriptor (packed), modulo the queue size
 * @id: written as it is; 16 bits of it on a packed ring
 * @len: written as it is
 */
void devfault_write_used(struct devring *ring, unsigned int pos, uint32_t id, uint32_t len);

/**
 * devfault_write_flags - overwrite a packed descriptor's flags
 * @ring: packed ring
 * @pos: descriptor, modulo the queue size
 * @flags: written as they are, with release order
 */
void devfault_write_flags(struct devring *ring, unsigned int pos, uint16_t flags);

/**
 * devfault_jump_used - mark more as used than was ever available
 * @ring: ring
 * @steps: used->idx goes up by that much (split), or that many descriptors from the used position
 *	on are marked used (packed), whatever they contain
 */
void devfault_jump_used(struct devring *ring, unsigned int steps);

/**
 * devfault_go_back - take back what was published
 * @ring: ring
 * @steps: used->idx goes down by that much (split), or that many descriptors before the used
 *	position get their previous lap's flags (packed)
 */
void devfault_go_back(struct devring *ring, unsigned int steps);

/**
 * devfault_flip_wrap - forget to flip, or flip for no reason, the device's wrap counters
 * @ring: packed ring
 * @avail: the one for looking at descriptors
 * @used: the one for writing them
 */
void devfault_flip_wrap(struct devring *ring, bool avail, bool used);

/**
 * devfault_garbage_event - write nonsense where the driver reads the device's wish for kicks
 * @ring: ring
 * @flags: used->flags (split) or the event suppression flags (packed)
 * @event: avail_event (split) or the event suppression offset and wrap counter (packed)
 */
void devfault_garbage_event(struct devring *ring, uint16_t flags, uint16_t event);

#endif
