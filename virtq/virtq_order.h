/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order among accesses to memory that a device shares.
 *
 * C11's orders are those among processors. A device that is hardware may be outside of that circle,
 * and with VIRTIO_F_ORDER_PLATFORM says so (VIRTIO 1.3, 6.1). On x86 the two are the same. On arm64
 * processors are in one inner shareable domain, and devices in the outer one: there each release,
 * acquire and fence is accompanied by a barrier of that domain, for every device, since it costs
 * little next to what it follows.
 */
#ifndef VIRTQ_VIRTQ_ORDER_H
#define VIRTQ_VIRTQ_ORDER_H

#include <stdatomic.h>

/**
 * virtq_order_writes - stores before this are seen before those that follow
 *
 * Beside a release store, which orders them for processors.
 */
static inline void virtq_order_writes(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshst" ::: "memory");
#endif
}

/**
 * virtq_order_reads - loads before this are done before those that follow
 *
 * Beside an acquire load, which orders them for processors.
 */
static inline void virtq_order_reads(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshld" ::: "memory");
#endif
}

/**
 * virtq_order_all - whatever comes before this is done before what follows
 *
 * Notification registers among it, which are written after it.
 */
static inline void virtq_order_all(void)
{
	atomic_thread_fence(memory_order_seq_cst);
#ifdef __aarch64__
	__asm__ volatile("dmb osh" ::: "memory");
#endif
}

#endif
