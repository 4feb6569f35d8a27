// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of fio that have no effect with this engine, but that job files written for other engines
 * contain.
 *
 * fio would act on these options or refuse the job because of them. The engine resets them before
 * fio evaluates them.
 */
#include "engine/ignored.h"
#include "engine/report.h"
#include "engine/run.h"

/**
 * ignored_forget - reset the options of a job that have no effect
 * @td: job that does not run yet, but whose devices are set up
 *
 * The function prints a note about each such option, once per run.
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
				"job '%s': mem= has no effect: I/O buffers are in the memory that is shared with the device (vblk_hugepages= sets the page size of this memory)",
				o->name);
	}
	if (o->pre_read) {
		o->pre_read = 0;
		if (!atomic_exchange(&reported_pre_read, true))
			report_note(
				device,
				"job '%s': pre_read=1 has no effect: the engine does not use the page cache",
				o->name);
	}
}
