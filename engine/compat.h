/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The headers of fio, and everything that differs between the versions of fio that the engine
 * supports.
 *
 * FIO_INTERNAL is defined and config-host.h is included first, because fio itself is compiled like
 * this. Otherwise its structures would have a different layout.
 */
#ifndef ENGINE_COMPAT_H
#define ENGINE_COMPAT_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#define FIO_INTERNAL 1
#include "config-host.h"
#include "fio.h"
#include "optgroup.h"
#include "verify.h"
#include "zbd.h"
#pragma GCC diagnostic pop
#include "engine/imports.h"

#if FIO_IOOPS_VERSION < 30
#error "the engine needs fio 3.28 (FIO_IOOPS_VERSION 30) or later"
#endif

/*
 * This flag tells fio 3.31 and later that the engine sets the issue time of requests. Older
 * versions do not have the flag, and set the issue time of the last request of a batch again after
 * commit(). The same happens with fio's own engines in these versions.
 */
#ifdef VBLK_FIO_HAS_ASYNCIO_SETS_ISSUE_TIME
#define VBLK_ASYNCIO_SETS_ISSUE_TIME FIO_ASYNCIO_SETS_ISSUE_TIME
#else
#define VBLK_ASYNCIO_SETS_ISSUE_TIME 0
#endif

/* Newer versions of for_each_td() have no index variable and need an end_for_each(). */
#ifdef end_for_each
#define VBLK_FOR_EACH_TD(td)   for_each_td(td)
#define VBLK_END_FOR_EACH_TD() end_for_each()
#else
#define VBLK_FOR_EACH_TD(td)            \
	{                               \
		struct thread_data *td; \
		int vblk_td_index;      \
		for_each_td(td, vblk_td_index)
#define VBLK_END_FOR_EACH_TD() }
#endif

/* Newer versions of the hook errdetails() have the job as an additional argument: select the
 * function that has the type of the hook. */
#define VBLK_ERRDETAILS(without_td, with_td)                                      \
	_Generic(((struct ioengine_ops *)0)->errdetails, char *(*)(struct io_u *) \
		 : without_td, default                                            \
		 : with_td)

/* True for versions of fio that ignore the error of a sync that completes after queue(). */
#define VBLK_FIO_LOSES_SYNC_ERRORS (FIO_IOOPS_VERSION < 39)

/* Since fio 3.37, a trim can have several ranges, which are listed in the buffer of the io_u. */
struct vblk_trim_range {
	unsigned long long offset;
	unsigned long long bytes;
};

#ifdef VBLK_FIO_HAS_NUM_RANGE
_Static_assert(sizeof(struct vblk_trim_range) == sizeof(struct trim_range), "differs from fio");
#define VBLK_MULTI_RANGE_TRIM FIO_MULTI_RANGE_TRIM
static inline unsigned int vblk_num_range(const struct thread_data *td)
{
	return td->o.num_range ? td->o.num_range : 1;
}

static inline unsigned int vblk_trim_ranges(const struct io_u *io_u, struct vblk_trim_range *ranges)
{
	memcpy(ranges, io_u->xfer_buf, io_u->number_trim * sizeof(*ranges));
	return io_u->number_trim;
}
#else
#define VBLK_MULTI_RANGE_TRIM 0
static inline unsigned int vblk_num_range(const struct thread_data *td)
{
	(void)td;
	return 1;
}

static inline unsigned int vblk_trim_ranges(const struct io_u *io_u, struct vblk_trim_range *ranges)
{
	ranges[0] = (struct vblk_trim_range){ io_u->offset, io_u->xfer_buflen };
	return 1;
}
#endif

/* Zone hooks that older versions of fio do not have. */
#ifdef VBLK_FIO_HAS_GET_MAX_ACTIVE_ZONES
#define VBLK_GET_MAX_ACTIVE_ZONES(hook) .get_max_active_zones = (hook),
#else
#define VBLK_GET_MAX_ACTIVE_ZONES(hook)
#endif
#ifdef VBLK_FIO_HAS_FINISH_ZONE
#define VBLK_FINISH_ZONE(hook) .finish_zone = (hook),
#else
#define VBLK_FINISH_ZONE(hook)
#endif
#ifdef VBLK_FIO_HAS_MOVE_ZONE_WP
#define VBLK_MOVE_ZONE_WP(hook) .move_zone_wp = (hook),
#else
#define VBLK_MOVE_ZONE_WP(hook)
#endif

/* Mark an option as not set by the user; @offset is its offset in struct thread_options. */
static inline void vblk_forget_option(struct thread_options *o, size_t offset)
{
	const struct fio_option *option;

	for (option = fio_options; option->name; option++) {
		size_t bit = (size_t)(option - fio_options);

		if (option->off1 == offset)
			o->set_options[bit / 64] &= ~(1ull << bit % 64);
	}
}

/* Return true if fio takes the lengths of trims into account when it sizes the I/O buffers. Newer
 * versions of fio do so only for jobs that read or write the ranges that they trimmed. */
static inline bool vblk_trims_have_buffers(const struct thread_data *td)
{
#ifdef VBLK_FIO_HAS_MAX_RW_BS
	return (td->trim_verify && td->o.trim_zero) || (!td->o.read_iolog_file && td_trimwrite(td));
#else
	(void)td;
	return true;
#endif
}

/* Return the maximum number of bytes that fio requests from iomem_alloc() for alignment, in
 * addition to max_bs * iodepth: twice the page size and twice mem_align. */
static inline unsigned long long vblk_iomem_padding(const struct thread_data *td)
{
	return 2ull * (page_mask + 1 + td->o.mem_align);
}

#endif
