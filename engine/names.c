// SPDX-License-Identifier: GPL-2.0-only
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "engine/names.h"
#include "engine/report.h"

/* Default of fio's option filename_format. */
#define DEFAULT_FORMAT "$jobname.$jobnum.$filenum"

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

/* Return true if the user chose the name of the file. For a job whose name is a file name, fio uses
 * the name of the job as the name of the file. */
static bool user_chose(const struct thread_data *td, const struct fio_file *f)
{
	const char *format = td->o.filename_format;

	return td->o.filename || (format && *format && strcmp(format, DEFAULT_FORMAT)) ||
	       !strcmp(f->file_name, td->o.name);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Add every device in the directory opendir= and below, in the order of their names, which is the
 * same in each run. */
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

/* Return the first file that fio found in the directory opendir=, or NULL if all files of the job
 * have names that fio made up (nrfiles=). */
static const char *regular_file(const struct thread_data *td)
{
	size_t bytes = strlen(td->o.opendir);
	unsigned int i;

	for (i = 0; i < td->files_index; i++)
		if (!strncmp(td->files[i]->file_name, td->o.opendir, bytes) &&
		    td->files[i]->file_name[bytes] == '/')
			return td->files[i]->file_name;
	return NULL;
}

/* Add the devices of the directory opendir=. fio itself takes only the regular files of that
 * directory, not device nodes or sockets. */
static int read_opendir(struct job_spec *spec)
{
	const struct thread_data *td = spec->td;
	const char *file = regular_file(td);
	int ret;

	if (td->o.directory) {
		report_refusal(
			spec, NULL,
			"job '%s': opendir= and directory= cannot be combined: fio would prepend directory= to the names of the files in opendir=",
			td->o.name);
		return 0;
	}
	if (file) {
		report_refusal(
			spec, NULL,
			"job '%s': opendir=%s has regular files, such as %s, which fio would use as devices; name the devices with filename=",
			td->o.name, td->o.opendir, file);
		return 0;
	}
	ret = read_directory(spec);
	if (!ret && !spec->nfiles)
		report_refusal(
			spec, NULL,
			"job '%s': opendir=%s has no device: the directory contains neither a vhost-user socket nor a vhost-vdpa device",
			td->o.name, td->o.opendir);
	return ret;
}

static int read_log(struct job_spec *spec, const struct replay *replay)
{
	const struct thread_options *o = &spec->td->o;
	int ret = 0;
	size_t n;

	/* To replay a log, fio replaces the files of the job with those that the log names, or with
	 * the file of replay_redirect=. */
	if (o->replay_redirect)
		return add_name(spec, o->replay_redirect);
	for (n = 0; n < replay->nfiles; n++)
		ret = ret ? ret : add_name(spec, replay->files[n]);
	if (ret || spec->nfiles)
		return ret;
	if (replay->known)
		report_refusal(
			spec, NULL,
			"job '%s': the log of read_iolog=%s contains no file name; name the device with filename= or replay_redirect=",
			o->name, o->read_iolog_file);
	else if (replay->error)
		report_refusal(spec, NULL, "job '%s': read_iolog=%s: %s", o->name,
			       o->read_iolog_file, strerror(replay->error));
	else
		report_refusal(
			spec, NULL,
			"job '%s': read_iolog=%s is not a regular file, so the engine cannot read the names of the devices from it before the job starts; name the device with filename= or replay_redirect=",
			o->name, o->read_iolog_file);
	return 0;
}

/**
 * names_read - find the devices that a job names
 * @spec: job; its @files are filled in
 * @replay: contents of the job's log
 *
 * Returns 0 or -ENOMEM. If the devices cannot be found, the job is refused with a message.
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
 * names_add_files - add the devices of opendir= to the files of a job
 * @spec: job
 * @td: fio's view of the job, before fio uses its files
 *
 * fio itself adds only the regular files of that directory.
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
