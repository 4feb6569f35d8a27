// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vhost/transport/memlock.h"

/* How much of it this process has already. */
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
 * memlock_check - may this process give a device so much memory?
 * @count: how the kernel will count it
 * @bytes: how much
 * @error: why not
 *
 * Asked beforehand because the kernel's own answer, if it comes to that, has no numbers in it.
 * Returns 0 or -ENOMEM.
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
		"needs %llu KiB of locked memory beside the %llu KiB there are, and the limit is %llu KiB; raise it (ulimit -l, RLIMIT_MEMLOCK)",
		(unsigned long long)bytes >> 10, (unsigned long long)has >> 10,
		(unsigned long long)limit.rlim_cur >> 10);
}

/**
 * memlock_raise - have the limit raised by as much as memory for a device needs
 * @count: how the kernel will count it
 * @bytes: how much
 *
 * Up to the hard limit any process may, and the privileged (CAP_SYS_RESOURCE) beyond it. Returns
 * false where this one may not.
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
