/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory of files that imitate /proc and /sys, created by a test. */
#ifndef T_UNIT_FILES_H
#define T_UNIT_FILES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Path of the directory, without a trailing slash. */
static char root[64];

static void files_begin(void)
{
	strcpy(root, "/tmp/vblk-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

/* Write a file; create missing parent directories. */
static void put(const char *name, const char *text)
{
	char path[256], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void files_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

#endif
