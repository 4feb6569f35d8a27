// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/transport/memory_limit.h"

/**
 * struct least - the tightest limit that was found
 * @bytes: what can still be had under it
 * @what: where it comes from
 */
struct least {
	uint64_t bytes;
	char what[PATH_MAX + 32];
};

/**
 * struct version - the file names of a version of control groups
 * @limit: the limit of a group and all below it
 * @usage: what these have
 * @cache: members of memory.stat that count page cache, which gives way
 */
struct version {
	const char *limit;
	const char *usage;
	const char *cache[3];
};

static const struct version v2 = { "memory.max",
				   "memory.current",
				   { "inactive_file", "active_file", "slab_reclaimable" } };
static const struct version v1 = { "memory.limit_in_bytes",
				   "memory.usage_in_bytes",
				   { "total_inactive_file", "total_active_file", NULL } };

/* A file with one number; false for "max", too, and for a file that is not there. */
static bool read_number(const char *dir, const char *name, unsigned long long *value)
{
	char path[PATH_MAX];
	bool read;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	read = fscanf(f, "%llu", value) == 1;
	fclose(f);
	return read;
}

/* The value of a line that begins with @name; 0 = there is none. */
static uint64_t read_member(const char *dir, const char *file, const char *name)
{
	char path[PATH_MAX], line[256], *end;
	size_t length = strlen(name);
	unsigned long long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, length) || (line[length] != ' ' && line[length] != ':'))
			continue;
		value = strtoull(line + length + 1, &end, 10);
		break;
	}
	fclose(f);
	return value;
}

static void read_cgroup(struct least *least, const char *dir, const struct version *version)
{
	unsigned long long limit, usage;
	uint64_t cache = 0, bytes;
	size_t i;

	if (!read_number(dir, version->limit, &limit) || !read_number(dir, version->usage, &usage))
		return;
	for (i = 0; i < sizeof(version->cache) / sizeof(*version->cache) && version->cache[i]; i++)
		cache += read_member(dir, "memory.stat", version->cache[i]);
	usage -= cache < usage ? cache : usage;
	bytes = limit > usage ? limit - usage : 0;
	if (bytes >= least->bytes)
		return;
	least->bytes = bytes;
	snprintf(least->what, sizeof(least->what), "%s/%s", dir, version->limit);
}

/* A group and all above it, up to where the hierarchy is mounted. In a container the path may be
 * one that is not seen there; then the mount is what the container has. */
static void read_cgroups_of_process(struct least *least, const char *mount, const char *path,
				    const struct version *version)
{
	char dir[PATH_MAX], *slash;

	snprintf(dir, sizeof(dir), "%s%s", mount, strcmp(path, "/") ? path : "");
	do {
		read_cgroup(least, dir, version);
		slash = strrchr(dir, '/');
		if (slash)
			*slash = 0;
	} while (slash && strlen(dir) >= strlen(mount));
}

static void check_cgroups(struct least *least, const char *proc, const char *cgroups)
{
	char path[PATH_MAX], mount[PATH_MAX], line[PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/self/cgroup", proc);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!group)
			continue;
		*group++ = 0;
		group[strcspn(group, "\n")] = 0;
		if (!strcmp(controllers, ":")) {
			read_cgroups_of_process(least, cgroups, group, &v2);
		} else if (strstr(controllers, "memory")) {
			snprintf(mount, sizeof(mount), "%s/memory", cgroups);
			read_cgroups_of_process(least, mount, group, &v1);
		}
	}
	fclose(f);
}

/**
 * memory_limit_check - can a process get so much memory, all of which it will touch?
 * @proc: where the proc file system is
 * @cgroups: where control groups are mounted
 * @bytes: how much
 * @error: why not, with both numbers
 *
 * Asked beforehand, since the kernel gives addresses freely and kills somebody when they are used.
 * What the kernel can take from page cache counts as free, of the machine and of a control group;
 * memory.high is no limit. What can't be read limits nothing. Returns 0 or -ENOMEM.
 */
int memory_limit_check(const char *proc, const char *cgroups, uint64_t bytes, struct error *error)
{
	uint64_t kib = read_member(proc, "meminfo", "MemAvailable");
	struct least least = { .bytes = UINT64_MAX };

	if (kib) {
		least.bytes = kib << 10;
		snprintf(least.what, sizeof(least.what), "MemAvailable of %s/meminfo", proc);
	}
	check_cgroups(&least, proc, cgroups);
	if (bytes <= least.bytes)
		return 0;
	return error_set(
		error, -ENOMEM,
		"needs %llu MiB of memory for rings and buffers, and %llu MiB can be had (%s); lower iodepth=, bs= or numjobs=",
		(unsigned long long)(bytes + (1 << 20) - 1) >> 20,
		(unsigned long long)least.bytes >> 20, least.what);
}
