// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load guard. An engine shares structures with fio that have another layout in every version,
 * and in builds that were configured differently; fio compares nothing but FIO_IOOPS_VERSION. So
 * two looks are taken before anything is touched:
 * - when the library is loaded: fio's version string, the symbols the engine needs, and the offsets
 *   in fio's own table of options against ours. Whoever fails here gets an engine version that no
 *   fio accepts, so that fio stops by itself, with exit status 1.
 * - at a job's first hook: what fio wrote into the job's structure, found where we expect it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "engine/guard.h"
#include "virtq/base.h"

#define REMEDY                                                                            \
	"build it for the fio you run: ./configure --with-fio=DIR, DIR being that fio's " \
	"configured source tree"

/* Options spread over struct thread_options, to compare where each is kept. */
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

/* The first landmark that the running fio keeps elsewhere; NULL = none, or no table to compare
 * with. */
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

/* The first symbol of fio's that the engine needs and the running fio lacks; NULL = none. */
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
			"vblk: this engine was built for %s and needs '%s', which the fio that runs "
			"does not have; " REMEDY "\n",
			VBLK_FIO_VERSION, missing);
		ioengine.version = -1;
		return;
	}
	moved = running ? moved_option() : NULL;
	if (moved) {
		fprintf(stderr,
			"vblk: this engine was built for %s, and the %s that runs was configured "
			"with another "
			"layout of its structures ('%s' has moved); " REMEDY "\n",
			VBLK_FIO_VERSION, running, moved);
		ioengine.version = -1;
	}
}

/**
 * vblk_guard_job - check that a job's structure is laid out as this engine was told
 * @td: job, nothing in it believed yet
 *
 * Returns false, after one line, if it is not.
 */
bool vblk_guard_job(struct thread_data *td)
{
	static bool said;

	/* Our own address, the job's place among all jobs, and engine options whose first word fio
	 * keeps NULL by now. */
	if (td->io_ops == &ioengine && td->thread_number &&
	    tnumber_to_td(td->thread_number - 1) == td && td->eo && !*(struct thread_data **)td->eo)
		return true;
	if (!said)
		log_err("vblk: this engine was built for %s with another layout of its structures "
			"than the fio that "
			"runs; " REMEDY "\n",
			VBLK_FIO_VERSION);
	said = true;
	return false;
}
