// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/transport/memory_limit.h"

/**
 * struct lowest_limit - the lowest limit found
 * @bytes: memory that is still available under this limit
 * @what: file that the limit comes from
 */
struct lowest_limit {
	uint64_t bytes;
	char what[PATH_MAX + 32];
};

/**
 * struct cgroup_version - names of files in a version of control groups
 * @limit: file with the memory limit of a group and its descendants
 * @usage: file with the memory usage of a group and its descendants
 * @cache: fields of memory.stat that count cache, which the kernel can reclaim
 */
struct cgroup_version {
	const char *limit;
	const char *usage;
	const char *cache[3];
};

static const struct cgroup_version v2 = { "memory.max",
					  "memory.current",
					  { "inactive_file", "active_file", "slab_reclaimable" } };
static const struct cgroup_version v1 = { "memory.limit_in_bytes",
					  "memory.usage_in_bytes",
					  { "total_inactive_file", "total_active_file", NULL } };

/* Read a file that contains one number. Return false if it contains "max" or does not exist. */
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

/* Return the value of the line that begins with @name, or 0 if there is no such line. */
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

static void read_cgroup(struct lowest_limit *lowest, const char *dir,
			const struct cgroup_version *version)
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
	if (bytes >= lowest->bytes)
		return;
	lowest->bytes = bytes;
	snprintf(lowest->what, sizeof(lowest->what), "%s/%s", dir, version->limit);
}

/*
 * Read the limits of a group and its ancestors, up to the mount point of the hierarchy. In a
 * container, the path of the group may not exist; then the mount point is the container's own
 * group.
 */
static void read_cgroups_of_process(struct lowest_limit *lowest, const char *mount,
				    const char *path, const struct cgroup_version *version)
{
	char dir[PATH_MAX], *slash;

	snprintf(dir, sizeof(dir), "%s%s", mount, strcmp(path, "/") ? path : "");
	do {
		read_cgroup(lowest, dir, version);
		slash = strrchr(dir, '/');
		if (slash)
			*slash = 0;
	} while (slash && strlen(dir) >= strlen(mount));
}

static void check_cgroups(struct lowest_limit *lowest, const char *proc, const char *cgroups)
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
			read_cgroups_of_process(lowest, cgroups, group, &v2);
		} else if (strstr(controllers, "memory")) {
			snprintf(mount, sizeof(mount), "%s/memory", cgroups);
			read_cgroups_of_process(lowest, mount, group, &v1);
		}
	}
	fclose(f);
}

/**
 * memory_limit_check - check that enough memory is available for a process to touch
 * @proc: directory where the proc file system is mounted
 * @cgroups: directory where control groups are mounted
 * @bytes: amount of memory that the process will touch
 * @error: set to the reason for a failure
 *
 * The kernel allows a process to map more memory than there is, and kills a process when the
 * memory is touched. Therefore check in advance. Page cache that the kernel can reclaim counts as
 * available, both for the machine and for control groups. memory.high is not treated as a limit.
 * A limit that cannot be read is ignored. Returns 0 or -ENOMEM.
 */
int memory_limit_check(const char *proc, const char *cgroups, uint64_t bytes, struct error *error)
{
	uint64_t kib = read_member(proc, "meminfo", "MemAvailable");
	struct lowest_limit lowest = { .bytes = UINT64_MAX };

	if (kib) {
		lowest.bytes = kib << 10;
		snprintf(lowest.what, sizeof(lowest.what), "MemAvailable of %s/meminfo", proc);
	}
	check_cgroups(&lowest, proc, cgroups);
	if (bytes <= lowest.bytes)
		return 0;
	return error_set(
		error, -ENOMEM,
		"needs %llu MiB of memory for rings and buffers, but only %llu MiB are available (%s); lower iodepth=, bs= or numjobs=",
		(unsigned long long)(bytes + (1 << 20) - 1) >> 20,
		(unsigned long long)lowest.bytes >> 20, lowest.what);
}
