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
#pragma GCC diagnostic pop

#if FIO_IOOPS_VERSION < 31
#error "fio 3.33 (FIO_IOOPS_VERSION 31) is the oldest this engine builds for"
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

/* Room for alignment beyond max_bs * iodepth that fio asks of iomem_alloc(): page and mem_align,
 * twice each. */
static inline unsigned long long vblk_iomem_padding(const struct thread_data *td)
{
	return 2ull * (page_mask + 1 + td->o.mem_align);
}

#endif
