// SPDX-License-Identifier: GPL-2.0-only
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "engine/names.h"
#include "engine/report.h"

/* The names that fio makes up where the user gives none. */
#define NAMES_OF_FIO "$jobname.$jobnum.$filenum"

static int add_name(struct job_spec *spec, const char *name)
{
	char **files;
	size_t i;

	for (i = 0; i < spec->nfiles; i++)
		if (!strcmp(spec->files[i], name))
			return 0;
	files = realloc(spec->files, (spec->nfiles + 1) * sizeof(*files));
	if (!files)
		return -ENOMEM;
	spec->files = files;
	files[spec->nfiles] = strdup(name);
	if (!files[spec->nfiles])
		return -ENOMEM;
	spec->nfiles++;
	return 0;
}

/* Did the user choose the names of fio's files? A job that is called as a device is has its file,
 * too. */
static bool user_chose(const struct thread_data *td, const struct fio_file *f)
{
	const char *format = td->o.filename_format;

	return td->o.filename || (format && *format && strcmp(format, NAMES_OF_FIO)) ||
	       !strcmp(f->file_name, td->o.name);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Every device below a directory, in the order of their names: the same in each run. */
static int read_directory(struct job_spec *spec)
{
	char *paths[] = { spec->td->o.opendir, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	struct transport t;
	FTSENT *entry;
	int ret = 0;

	if (!tree)
		return -ENOMEM;
	while (!ret && (entry = fts_read(tree)))
		if ((entry->fts_info == FTS_DEFAULT || entry->fts_info == FTS_SL) &&
		    !transport_find(&t, entry->fts_path, TRANSPORT_ANY))
			ret = add_name(spec, entry->fts_path);
	fts_close(tree);
	return ret;
}

/* The first of the files that fio found in the directory; NULL: those it has, it made up
 * (nrfiles=). */
static const char *regular_file(const struct thread_data *td)
{
	size_t bytes = strlen(td->o.opendir);
	unsigned int i;

	for (i = 0; i < td->files_index; i++)
		if (!strncmp(td->files[i]->file_name, td->o.opendir, bytes))
			return td->files[i]->file_name;
	return NULL;
}

/* fio itself takes the regular files of a directory, and nothing else. */
static int read_opendir(struct job_spec *spec)
{
	const struct thread_data *td = spec->td;
	const char *file = regular_file(td);
	int ret;

	if (td->o.directory) {
		report_refusal(
			spec, NULL,
			"job '%s': opendir= and directory= do not go together: fio puts the one before names of the other",
			td->o.name);
		return 0;
	}
	if (file) {
		report_refusal(
			spec, NULL,
			"job '%s': opendir=%s has regular files, such as %s, which fio takes for devices; name the devices with filename=",
			td->o.name, td->o.opendir, file);
		return 0;
	}
	ret = read_directory(spec);
	if (!ret && !spec->nfiles)
		report_refusal(spec, NULL,
			       "job '%s': opendir=%s has no device: no vhost-user socket, and no "
			       "vhost-vdpa device",
			       td->o.name, td->o.opendir);
	return ret;
}

static int read_log(struct job_spec *spec, const struct replay *replay)
{
	const struct thread_options *o = &spec->td->o;
	int ret = 0;
	size_t n;

	/* Replay throws the job's files away and opens those the log names, or the one they are led
	 * to. */
	if (o->replay_redirect)
		return add_name(spec, o->replay_redirect);
	for (n = 0; n < replay->nfiles; n++)
		ret = ret ? ret : add_name(spec, replay->files[n]);
	if (ret || spec->nfiles)
		return ret;
	if (replay->known)
		report_refusal(
			spec, NULL,
			"job '%s': read_iolog=%s names no file; name the device with filename= or replay_redirect=",
			o->name, o->read_iolog_file);
	else if (replay->error)
		report_refusal(spec, NULL, "job '%s': read_iolog=%s: %s", o->name,
			       o->read_iolog_file, strerror(replay->error));
	else
		report_refusal(
			spec, NULL,
			"job '%s': read_iolog=%s is no regular file, so that it is not known "
			"beforehand which device it names; say so with filename= or "
			"replay_redirect=",
			o->name, o->read_iolog_file);
	return 0;
}

/**
 * names_read - find the devices that a job names
 * @spec: job; its @files are filled in
 * @replay: what its log names
 *
 * Returns 0, or -ENOMEM. A job that names them so that they can't be found is refused.
 */
int names_read(struct job_spec *spec, const struct replay *replay)
{
	struct thread_data *td = spec->td;
	struct fio_file *f;
	unsigned int i;
	int ret = 0;

	if (td->o.opendir && !td->o.filename)
		return read_opendir(spec);
	for_each_file(td, f, i) if (!ret && user_chose(td, f)) ret = add_name(spec, f->file_name);
	if (!ret && td->o.read_iolog_file)
		ret = read_log(spec, replay);
	return ret;
}

/**
 * names_add_files - give a job the files that fio does not find by itself
 * @spec: job
 * @td: fio's view of it, before its files are looked at
 */
void names_add_files(const struct job_spec *spec, struct thread_data *td)
{
	size_t i;

	if (!td->o.opendir || td->o.filename || regular_file(td))
		return;
	td->files_index = 0;
	td->o.nr_files = 0;
	for (i = 0; i < spec->nfiles; i++)
		add_file(td, spec->files[i], 0, 1);
	td->o.open_files = td->o.nr_files;
}
