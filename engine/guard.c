// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load guard. An engine shares structures with fio. Their layout differs between versions of
 * fio, and between builds of the same version with different configurations, but fio checks only
 * FIO_IOOPS_VERSION. Therefore the engine makes two checks before it uses any structure of fio:
 * - When the library is loaded: fio must have the same version string, all symbols that the engine
 *   needs, and the same offsets in its table of options. If not, the engine sets its own version to
 *   a value that no fio accepts, so that fio stops with exit status 1.
 * - In the first hook of a job: members of the job's structure must have the values that fio is
 *   known to have set.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "engine/guard.h"
#include "virtq/base.h"

#define REMEDY \
	"build it for the fio you run: ./configure --with-fio=DIR, where DIR is the configured source tree of that fio"

/* Options whose members are spread over struct thread_options, with the offset of each member. */
static const struct {
	const char *name;
	size_t offset;
} landmarks[] = {
	{ "ioengine", offsetof(struct thread_options, ioengine) },
	{ "iodepth", offsetof(struct thread_options, iodepth) },
	{ "iodepth_batch", offsetof(struct thread_options, iodepth_batch) },
	{ "thread", offsetof(struct thread_options, use_thread) },
	{ "direct", offsetof(struct thread_options, odirect) },
	{ "stonewall", offsetof(struct thread_options, stonewall) },
	{ "verify", offsetof(struct thread_options, verify) },
	{ "trim_percentage", offsetof(struct thread_options, trim_percentage) },
	{ "numjobs", offsetof(struct thread_options, numjobs) },
	{ "read_iolog", offsetof(struct thread_options, read_iolog_file) },
	{ "replay_redirect", offsetof(struct thread_options, replay_redirect) },
	{ "disable_clat", offsetof(struct thread_options, disable_clat) },
	{ "wait_for", offsetof(struct thread_options, wait_for) },
	{ "create_serialize", offsetof(struct thread_options, create_serialize) },
	{ "zonemode", offsetof(struct thread_options, zone_mode) },
};

/* Return the first landmark that has a different offset in the running fio. Return NULL if there is
 * none, or if fio does not export its table of options. */
static const char *moved_option(void)
{
	const struct fio_option *table = dlsym(RTLD_DEFAULT, "fio_options");
	size_t i;

	for (i = 0; table && i < ARRAY_SIZE(landmarks); i++) {
		const struct fio_option *o;

		for (o = table; o->name && strcmp(o->name, landmarks[i].name); o++)
			;
		if (o->name && o->off1 && o->off1 != landmarks[i].offset)
			return landmarks[i].name;
	}
	return NULL;
}

#define IMPORT(symbol) { #symbol, (const void *)&symbol },

static const struct {
	const char *name;
	const void *address;
} imports[] = { FIO_IMPORTS(IMPORT) };

/* Return the first symbol that the engine needs and the running fio does not have, or NULL. */
static const char *missing_import(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(imports); i++)
		if (!imports[i].address)
			return imports[i].name;
	return NULL;
}

static void __attribute__((constructor)) guard_load(void)
{
	const char *running = dlsym(RTLD_DEFAULT, "fio_version_string");
	const char *missing = missing_import(), *moved;

	if (running && strcmp(running, VBLK_FIO_VERSION)) {
		fprintf(stderr,
			"vblk: this engine was built for %s and cannot run in %s; " REMEDY "\n",
			VBLK_FIO_VERSION, running);
		ioengine.version = -1;
		return;
	}
	if (missing) {
		fprintf(stderr,
			"vblk: this engine was built for %s and needs '%s', which the running fio does not have; " REMEDY
			"\n",
			VBLK_FIO_VERSION, missing);
		ioengine.version = -1;
		return;
	}
	moved = running ? moved_option() : NULL;
	if (moved) {
		fprintf(stderr,
			"vblk: this engine was built for %s, but the running %s was configured with a different layout of its structures (the offset of option '%s' differs); " REMEDY
			"\n",
			VBLK_FIO_VERSION, running, moved);
		ioengine.version = -1;
	}
}

/**
 * vblk_guard_job - check that struct thread_data has the layout that the engine was built for
 * @td: job; the layout of the structure is not known to be right yet
 *
 * Returns false if the layout differs. The first such call prints a message.
 */
bool vblk_guard_job(struct thread_data *td)
{
	static bool reported;

	/* These members have known values: the address of this engine, the number of the job, and
	 * the first word of the engine options, which fio has set to NULL after parsing them. */
	if (td->io_ops == &ioengine && td->thread_number &&
	    tnumber_to_td(td->thread_number - 1) == td && td->eo && !*(struct thread_data **)td->eo)
		return true;
	if (!reported)
		log_err("vblk: this engine was built for %s, but the structures of the running fio have a different layout; " REMEDY
			"\n",
			VBLK_FIO_VERSION);
	reported = true;
	return false;
}
