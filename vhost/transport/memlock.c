// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vhost/transport/memlock.h"

/* Return the number of bytes that this process has already locked or pinned. */
static uint64_t locked_bytes(enum memlock_count count)
{
	const char *name = count == MEMLOCK_LOCKED ? "VmLck:" : "VmPin:";
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) &&
		    sscanf(line + strlen(name), "%llu", &kib) == 1)
			break;
	fclose(f);
	return kib << 10;
}

static bool is_privileged(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

/**
 * memlock_check - check that RLIMIT_MEMLOCK permits mapping memory for a device
 * @count: how the kernel will account for the memory
 * @bytes: length of the memory
 * @error: set to the reason for a failure
 *
 * The kernel checks the limit too, but its error code contains no numbers. Returns 0 or -ENOMEM.
 */
int memlock_check(enum memlock_count count, uint64_t bytes, struct error *error)
{
	uint64_t has = locked_bytes(count);
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    (has <= limit.rlim_cur && bytes <= limit.rlim_cur - has) ||
	    (count == MEMLOCK_LOCKED && is_privileged()))
		return 0;
	return error_set(
		error, -ENOMEM,
		"needs %llu KiB of locked memory in addition to the %llu KiB already locked, but the limit is %llu KiB; raise the limit (ulimit -l, RLIMIT_MEMLOCK)",
		(unsigned long long)bytes >> 10, (unsigned long long)has >> 10,
		(unsigned long long)limit.rlim_cur >> 10);
}

/**
 * memlock_raise - raise RLIMIT_MEMLOCK so that memory can be mapped for a device
 * @count: how the kernel will account for the memory
 * @bytes: length of the memory
 *
 * Any process may raise the soft limit up to the hard limit. Raising the hard limit requires
 * CAP_SYS_RESOURCE. Returns false if this process may not raise the limit far enough.
 */
bool memlock_raise(enum memlock_count count, uint64_t bytes)
{
	uint64_t need = locked_bytes(count) + bytes;
	struct rlimit limit;

	if (need < bytes || getrlimit(RLIMIT_MEMLOCK, &limit))
		return false;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= need)
		return true;
	limit.rlim_cur = need;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < need)
		limit.rlim_max = need;
	return !setrlimit(RLIMIT_MEMLOCK, &limit);
}
