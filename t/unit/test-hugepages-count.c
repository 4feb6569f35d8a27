// SPDX-License-Identifier: GPL-2.0-only
/* Counting free huge pages of the machine and of NUMA nodes, with a fake sysfs. */
#include <stdio.h>
#include <string.h>

#include "t/unit/files.h"
#include "t/unit/unit.h"
#include "vhost/transport/hugepages.h"

#define PAGE (2ul << 20)

static struct hugepages_nodes nodes;

static void setup(void)
{
	files_begin();
	put("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "70\n");
	put("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "0\n");
	put("devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "64\n");
	put("devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	put("devices/system/node/node12/hugepages/hugepages-2048kB/free_hugepages", "6\n");
}

static size_t free_on(const char *list)
{
	ck_assert_msg(hugepages_parse_nodes(&nodes, list), "%s", list);
	return hugepages_free_on(root, PAGE, &nodes);
}

START_TEST(of_the_machine)
{
	ck_assert_uint_eq(hugepages_free(root, PAGE), 70);
	put("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "9\n");
	ck_assert_uint_eq(hugepages_free(root, PAGE), 61);
	put("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "71\n");
	ck_assert_uint_eq(hugepages_free(root, PAGE), 0);
	ck_assert_uint_eq(hugepages_free(root, 1ul << 30), 0);
}
END_TEST

START_TEST(of_nodes)
{
	ck_assert_uint_eq(free_on("0"), 64);
	ck_assert_uint_eq(free_on("1"), 0);
	ck_assert_uint_eq(free_on("12"), 6);
	ck_assert_uint_eq(free_on("0-12"), 70);
	ck_assert_uint_eq(free_on("12,1,0"), 70);
	ck_assert_uint_eq(free_on("1,12-14"), 6);
	ck_assert_uint_eq(free_on("1023"), 0);
	/* Reserved pages may be taken from any node, so they are subtracted. */
	put("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "4\n");
	ck_assert_uint_eq(free_on("12"), 2);
	ck_assert_uint_eq(free_on("1"), 0);
}
END_TEST

START_TEST(lists)
{
	static const char *const others[] = {
		"",	"all",	  "!0",	 "+1", "0,", "1-",  "2-1",
		"1024", "0-1024", "0x1", "a",  ",0", "0 1", "99999999999999999999"
	};
	struct hugepages_nodes other;
	size_t i;

	for (i = 0; i < COUNT(others); i++)
		ck_assert_msg(!hugepages_parse_nodes(&nodes, others[i]), "%s", others[i]);
	ck_assert(hugepages_parse_nodes(&nodes, "0,64-70"));
	ck_assert(hugepages_parse_nodes(&other, "70-71"));
	ck_assert(hugepages_share_nodes(&nodes, &other));
	ck_assert(hugepages_parse_nodes(&other, "1-63,71"));
	ck_assert(!hugepages_share_nodes(&nodes, &other));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hugepages");
	TCase *tc = unit_tcase(suite, "hugepages", setup, files_end);

	tcase_add_test(tc, of_the_machine);
	tcase_add_test(tc, of_nodes);
	tcase_add_test(tc, lists);
	return unit_main(suite);
}
