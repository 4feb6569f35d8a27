// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of fio's that job files made for other engines have, and that mean nothing to this one.
 *
 * fio would act on them all the same, or refuse the job: they are taken back before it looks.
 */
#include "engine/ignored.h"
#include "engine/report.h"
#include "engine/run.h"

/**
 * ignored_forget - take back what a job asks for that there is nothing to do about
 * @td: job, its devices set up, not running yet
 *
 * A note tells of each such option, once in a run.
 */
void ignored_forget(struct thread_data *td)
{
	static _Atomic bool reported_mem, reported_pre_read;
	struct thread_options *o = &td->o;
	const struct vblk_device *device;
	const struct job_spec *spec;
	size_t index;

	spec = run_job(td, &index);
	device = run_device(spec->files[0]);
	if (fio_option_is_set(o, mem_type)) {
		o->mem_type = MEM_MALLOC;
		vblk_forget_option(o, offsetof(struct thread_options, mem_type));
		if (!atomic_exchange(&reported_mem, true))
			report_note(
				device,
				"job '%s': mem= has no effect: buffers are in the memory that is shared "
				"with the device (vblk_hugepages= says of what pages)",
				o->name);
	}
	if (o->pre_read) {
		o->pre_read = 0;
		if (!atomic_exchange(&reported_pre_read, true))
			report_note(
				device,
				"job '%s': pre_read=1 has no effect: there is no page cache that could "
				"be filled",
				o->name);
	}
}
