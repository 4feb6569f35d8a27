/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fio's headers, and all that differs between the versions of fio this engine builds for.
 *
 * fio itself is compiled with these macros and with its configuration included first; anything else
 * would give its structures another layout.
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
#error "fio 3.28 (FIO_IOOPS_VERSION 30) is the oldest this engine builds for"
#endif

/*
 * The engine notes when requests are issued, which fio has to be told since 3.31. Before that fio
 * notes a time of its own, too: after commit(), for the last request of a batch. That is what its
 * own engines show in these versions.
 */
#ifdef VBLK_FIO_HAS_ASYNCIO_SETS_ISSUE_TIME
#define VBLK_ASYNCIO_SETS_ISSUE_TIME FIO_ASYNCIO_SETS_ISSUE_TIME
#else
#define VBLK_ASYNCIO_SETS_ISSUE_TIME 0
#endif

/* for_each_td() lost its index variable and gained an end. */
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

/* errdetails() gained the job: takes whichever of the two functions the structure has room for. */
#define VBLK_ERRDETAILS(without_td, with_td)                                      \
	_Generic(((struct ioengine_ops *)0)->errdetails, char *(*)(struct io_u *) \
		 : without_td, default                                            \
		 : with_td)

/* Where a sync that is not done within queue() ends with an error, these versions lose it. */
#define VBLK_FIO_LOSES_SYNC_ERRORS (FIO_IOOPS_VERSION < 39)

/* A trim has several ranges since 3.37; the buffer then is the list of them. */
struct vblk_trim_range {
	unsigned long long offset;
	unsigned long long bytes;
};

#ifdef VBLK_FIO_HAS_NUM_RANGE
_Static_assert(sizeof(struct vblk_trim_range) == sizeof(struct trim_range), "fio's own");
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

/* Hooks for zones that came one by one. */
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

/* Takes back that an option was given; @offset: where struct thread_options keeps it. */
static inline void vblk_forget_option(struct thread_options *o, size_t offset)
{
	const struct fio_option *option;

	for (option = fio_options; option->name; option++) {
		size_t bit = (size_t)(option - fio_options);

		if (option->off1 == offset)
			o->set_options[bit / 64] &= ~(1ull << bit % 64);
	}
}

/* Do the lengths of trims count where fio sizes its buffers? Newer fios leave them out, but for
 * jobs that read or write what they trimmed. */
static inline bool vblk_trims_have_buffers(const struct thread_data *td)
{
#ifdef VBLK_FIO_HAS_MAX_RW_BS
	return (td->trim_verify && td->o.trim_zero) || (!td->o.read_iolog_file && td_trimwrite(td));
#else
	(void)td;
	return true;
#endif
}

/* Room for alignment beyond max_bs * iodepth that fio asks of iomem_alloc(): page and mem_align,
 * twice each. */
static inline unsigned long long vblk_iomem_padding(const struct thread_data *td)
{
	return 2ull * (page_mask + 1 + td->o.mem_align);
}

#endif
