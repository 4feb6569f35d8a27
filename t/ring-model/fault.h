/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults that a device must never commit on a virtqueue, for tests of the driver's reaction. Each
 * function breaks one rule of the specification and writes to the memory that the driver reads, at
 * once.
 */
#ifndef T_RING_MODEL_FAULT_H
#define T_RING_MODEL_FAULT_H

#include "t/ring-model/ring.h"

/**
 * devfault_write_used - overwrite one used element without publishing it
 * @ring: ring
 * @pos: used ring element (split) or descriptor (packed), modulo the queue size
 * @id: written as given; only the low 16 bits on a packed ring
 * @len: written as given
 */
void devfault_write_used(struct devring *ring, unsigned int pos, uint32_t id, uint32_t len);

/**
 * devfault_write_flags - overwrite a packed descriptor's flags
 * @ring: packed ring
 * @pos: descriptor, modulo the queue size
 * @flags: written as given, with release order
 */
void devfault_write_flags(struct devring *ring, unsigned int pos, uint16_t flags);

/**
 * devfault_jump_used - mark more requests as used than were ever available
 * @ring: ring
 * @steps: split: amount by which used->idx increases; packed: number of descriptors, from the used
 * position on, that are marked used, whatever their contents
 */
void devfault_jump_used(struct devring *ring, unsigned int steps);

/**
 * devfault_go_back - withdraw used elements that were published
 * @ring: ring
 * @steps: split: amount by which used->idx decreases; packed: number of descriptors before the used
 * position that get their flags of the previous pass back
 */
void devfault_go_back(struct devring *ring, unsigned int steps);

/**
 * devfault_flip_wrap - invert the device's wrap counters at a wrong position
 * @ring: packed ring
 * @avail: invert the wrap counter for reading descriptors
 * @used: invert the wrap counter for writing used descriptors
 */
void devfault_flip_wrap(struct devring *ring, bool avail, bool used);

/**
 * devfault_garbage_event - write arbitrary values to the device's notification suppression fields
 * @ring: ring
 * @flags: used->flags (split) or the event suppression flags (packed)
 * @event: avail_event (split) or the event suppression offset and wrap counter (packed)
 */
void devfault_garbage_event(struct devring *ring, uint16_t flags, uint16_t event);

#endif
