/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory barriers for memory that is shared with a device.
 *
 * The C11 memory orders apply to processors only. A hardware device may need stronger barriers,
 * which it announces with VIRTIO_F_ORDER_PLATFORM (VIRTIO 1.3, 6.1). On x86 there is no difference.
 * On arm64 the processors share the inner shareable domain, and devices are in the outer shareable
 * domain: here every release, acquire and fence is followed by an outer shareable barrier. It is
 * issued for every device, because it costs little compared with the access it accompanies.
 */
#ifndef VIRTQ_VIRTQ_ORDER_H
#define VIRTQ_VIRTQ_ORDER_H

#include <stdatomic.h>

/**
 * virtq_order_writes - order earlier stores before later stores, as the device sees them
 *
 * Used together with a release store, which gives the same order to processors.
 */
static inline void virtq_order_writes(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshst" ::: "memory");
#endif
}

/**
 * virtq_order_reads - order earlier loads from shared memory before later loads
 *
 * Used together with an acquire load, which gives the same order to processors.
 */
static inline void virtq_order_reads(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshld" ::: "memory");
#endif
}

/**
 * virtq_order_all - full barrier: order all earlier accesses before all later accesses
 *
 * This includes writes to notification registers.
 */
static inline void virtq_order_all(void)
{
	atomic_thread_fence(memory_order_seq_cst);
#ifdef __aarch64__
	__asm__ volatile("dmb osh" ::: "memory");
#endif
}

#endif
