// SPDX-License-Identifier: GPL-2.0-only
/*
 * The amount of available memory, read from files in the kernel's format: of the machine, and of
 * control groups of both versions and their parents.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "t/unit/files.h"
#include "t/unit/unit.h"
#include "vhost/transport/memory_limit.h"

#define MIB (1ull << 20)

static char proc[80], cgroups[80];
static struct error error;

static void setup(void)
{
	files_begin();
	snprintf(proc, sizeof(proc), "%s/proc", root);
	snprintf(cgroups, sizeof(cgroups), "%s/cgroup", root);
	put("proc/meminfo",
	    "MemTotal:  4194304 kB\nMemFree:  1024 kB\nMemAvailable:  1048576 kB\n");
}

/* Expect exactly @mib MiB to be available, and an error message with @why for one byte more. */
static void expect(unsigned long long mib, const char *why)
{
	char had[32];

	ck_assert_int_eq(memory_limit_check(proc, cgroups, mib * MIB, &error), 0);
	ck_assert_int_eq(memory_limit_check(proc, cgroups, mib * MIB + 1, &error), -ENOMEM);
	snprintf(had, sizeof(had), "only %llu MiB are available", mib);
	ck_assert_msg(strstr(error.text, had) && strstr(error.text, why), "%s", error.text);
	snprintf(had, sizeof(had), "needs %llu MiB", mib + 1);
	ck_assert_msg(strstr(error.text, had), "%s", error.text);
}

START_TEST(machine)
{
	expect(1024, "MemAvailable of");
}
END_TEST

/*
 * Version 2: the limits of parent groups count, page cache is reclaimable, and memory.high is not a
 * limit.
 */
START_TEST(version_2)
{
	put("proc/self/cgroup", "0::/a/b\n");
	put("cgroup/a/b/memory.max", "max\n");
	put("cgroup/a/b/memory.current", "1048576\n");
	put("cgroup/a/b/memory.high", "4096\n");
	expect(1024, "MemAvailable of");
	put("cgroup/a/memory.max", "536870912\n");
	put("cgroup/a/memory.current", "268435456\n");
	expect(256, "/cgroup/a/memory.max");
	put("cgroup/a/memory.stat", "anon 4096\nfile 200000000\ninactive_file 67108864\n"
				    "active_file 33554432\nslab_reclaimable 1048576\n");
	expect(256 + 64 + 32 + 1, "/cgroup/a/memory.max");
	put("cgroup/a/b/memory.max", "2097152\n");
	expect(1, "/cgroup/a/b/memory.max");
	put("cgroup/a/b/memory.max", "524288\n");
	expect(0, "/cgroup/a/b/memory.max");
}
END_TEST

START_TEST(version_1)
{
	put("proc/self/cgroup", "5:cpu:/x\n4:cpuset,memory:/job\n1:name=systemd:/\n0::/\n");
	put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("cgroup/memory/memory.usage_in_bytes", "123456789\n");
	expect(1024, "MemAvailable of");
	put("cgroup/memory/job/memory.limit_in_bytes", "104857600\n");
	put("cgroup/memory/job/memory.usage_in_bytes", "94371840\n");
	put("cgroup/memory/job/memory.stat", "inactive_file 4194304\ntotal_inactive_file 20971520\n"
					     "total_active_file 10485760\n");
	expect(10 + 20 + 10, "/cgroup/memory/job/memory.limit_in_bytes");
}
END_TEST

/*
 * In a container, /proc/self/cgroup has the host's path, while the mount shows the container's own
 * group.
 */
START_TEST(container)
{
	put("proc/self/cgroup", "0::/host/pod/container\n");
	put("cgroup/memory.max", "67108864\n");
	put("cgroup/memory.current", "33554432\n");
	expect(32, "/cgroup/memory.max");
	put("proc/self/cgroup", "0::/\n");
	expect(32, "/cgroup/memory.max");
	put("proc/self/cgroup", "0::/../other\n");
	expect(32, "/cgroup/memory.max");
}
END_TEST

/* Files that cannot be read set no limit. */
START_TEST(nothing_known)
{
	ck_assert_int_eq(memory_limit_check("/none", "/none", UINT64_MAX, &error), 0);
	put("proc/self/cgroup", "nonsense\n0:\n\n0::relative\n4:memory\n");
	expect(1024, "MemAvailable of");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory_limit");
	TCase *tc = unit_tcase(suite, "memory_limit", setup, files_end);

	tcase_add_test(tc, machine);
	tcase_add_test(tc, version_2);
	tcase_add_test(tc, version_1);
	tcase_add_test(tc, container);
	tcase_add_test(tc, nothing_known);
	return unit_main(suite);
}
