// SPDX-License-Identifier: GPL-2.0-only
/* Finding PCI functions by name, in a fake sysfs. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/unit/unit.h"
#include "vhost/transport/vfio-pci/pci_function.h"

#define ADDRESS "0000:01:00.0"

static char root[] = "/tmp/test-pci-function-XXXXXX";
static struct pci_function function;
static struct error error;

/* Return a path below the root; the last four returned paths stay valid. */
static const char *at(const char *name)
{
	static char path[4][256];
	static unsigned int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", root, name);
	return path[n];
}

static void make_dir(const char *name)
{
	char path[256], *slash;

	snprintf(path, sizeof(path), "%s", at(name));
	for (slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0777);
		*slash = '/';
	}
	ck_assert(!mkdir(path, 0777) || errno == EEXIST);
}

static void make_link(const char *name, const char *to)
{
	unlink(at(name));
	ck_assert_int_eq(symlink(to, at(name)), 0);
}

static void make_bytes(const char *name, const void *data, size_t bytes)
{
	int fd = open(at(name), O_CREAT | O_WRONLY | O_TRUNC, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, bytes), (ssize_t)bytes);
	close(fd);
}

static void make_file(const char *name, const char *text)
{
	make_bytes(name, text, strlen(text));
}

/* One function in IOMMU group 7, bound to vfio-pci, and another function on the same bus. */
static void setup(void)
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	make_dir("devices/pci0000:00/0000:01:00.0");
	make_dir("devices/pci0000:00/0000:01:00.1");
	make_dir("kernel/iommu_groups/7/devices");
	make_dir("bus/pci/devices");
	make_dir("bus/pci/drivers/vfio-pci");
	make_link("bus/pci/devices/0000:01:00.0", "../../../devices/pci0000:00/0000:01:00.0");
	make_link("bus/pci/devices/0000:01:00.1", "../../../devices/pci0000:00/0000:01:00.1");
	make_link("devices/pci0000:00/0000:01:00.0/iommu_group", "../../../kernel/iommu_groups/7");
	make_link("devices/pci0000:00/0000:01:00.0/driver", "../../../bus/pci/drivers/vfio-pci");
	make_link("kernel/iommu_groups/7/devices/0000:01:00.0", "../../../../devices");
	make_link("kernel/iommu_groups/7/devices/0000:01:00.1", "../../../../devices");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int find(const char *path)
{
	return pci_function_find(&function, root, path, &error);
}

static void check_refused(const char *path, const char *words)
{
	ck_assert_int_eq(find(path), -ENODEV);
	ck_assert_msg(strstr(error.text, words), "'%s' does not occur in: %s", words, error.text);
}

START_TEST(address_is_found)
{
	ck_assert_int_eq(find(ADDRESS), 0);
	ck_assert_str_eq(function.address, ADDRESS);
	ck_assert_uint_eq(function.group, 7);
	ck_assert_str_eq(function.cdev, "");
}
END_TEST

START_TEST(address_without_domain_is_in_domain_0)
{
	ck_assert_int_eq(find("01:00.0"), 0);
	ck_assert_str_eq(function.address, ADDRESS);
}
END_TEST

START_TEST(directory_in_sysfs_is_found)
{
	struct stat st;
	const char *path = at("bus/pci/devices/0000:01:00.0/");

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(pci_function_is_name(path, &st, function.address));
	ck_assert_int_eq(find(path), 0);
	ck_assert_str_eq(function.address, ADDRESS);
	ck_assert_int_eq(find(at("devices/pci0000:00/0000:01:00.0")), 0);
}
END_TEST

START_TEST(names_of_functions_and_others_are_told_apart)
{
	static const char *const good[] = { "0000:01:00.0", "10000:e1:1f.7", "01:00.0",
					    "0000:AB:00.0" };
	static const char *const bad[] = { "",
					   "disk.sock",
					   "0000:01:00.8",
					   "0000:01:00",
					   "0000:01:00.0.1",
					   "000:01:00.0",
					   "0000:1:00.0",
					   "0000:01:0.0",
					   "123456789:01:00.0",
					   "0000:01:00.0 ",
					   "/tmp",
					   "/no/0000:01:00.0" };
	size_t i;

	for (i = 0; i < COUNT(good); i++)
		ck_assert_msg(pci_function_is_name(good[i], NULL, function.address), "%s", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!pci_function_is_name(bad[i], NULL, function.address), "%s", bad[i]);
}
END_TEST

START_TEST(file_that_looks_like_an_address_is_none)
{
	struct stat st = { .st_mode = S_IFSOCK };

	ck_assert(!pci_function_is_name(ADDRESS, &st, function.address));
}
END_TEST

START_TEST(letters_are_as_sysfs_has_them)
{
	make_link("bus/pci/devices/0000:ab:00.0", "0000:01:00.0");
	ck_assert_int_eq(find("0000:AB:00.0"), 0);
	ck_assert_str_eq(function.address, "0000:ab:00.0");
}
END_TEST

START_TEST(function_that_is_not_there_is_refused)
{
	check_refused("0000:02:00.0", "no such PCI function");
}
END_TEST

START_TEST(other_driver_is_named)
{
	make_link("devices/pci0000:00/0000:01:00.0/driver", "../../../bus/pci/drivers/virtio-pci");
	check_refused(ADDRESS, "is bound to virtio-pci, not to vfio-pci");
	ck_assert_ptr_nonnull(strstr(error.text, "driverctl set-override 0000:01:00.0 vfio-pci"));
}
END_TEST

START_TEST(missing_driver_is_said)
{
	unlink(at("devices/pci0000:00/0000:01:00.0/driver"));
	check_refused(ADDRESS, "has no driver");
}
END_TEST

START_TEST(function_of_another_kind_is_refused_whatever_else_it_lacks)
{
	/* A network device; only the start of the configuration space's header is read. */
	make_file("devices/pci0000:00/0000:01:00.0/config",
		  "\xf4\x1a\x41\x10"
		  "............................................................");
	unlink(at("devices/pci0000:00/0000:01:00.0/iommu_group"));
	unlink(at("devices/pci0000:00/0000:01:00.0/driver"));
	ck_assert_int_eq(find(ADDRESS), -ENOTSUP);
	ck_assert_ptr_nonnull(
		strstr(error.text, "is a virtio device of type 1 (PCI device 1af4:1041)"));
	/* A configuration space that is shorter than its header identifies no device. */
	make_file("devices/pci0000:00/0000:01:00.0/config", "\xf4\x1a\x41\x10");
	check_refused(ADDRESS, "no IOMMU");
}
END_TEST

/* If the configuration space cannot be read, the vendor and device files identify the device. */
START_TEST(kind_is_known_by_numbers_too)
{
	unlink(at("devices/pci0000:00/0000:01:00.0/iommu_group"));
	make_file("devices/pci0000:00/0000:01:00.0/vendor", "0x8086\n");
	make_file("devices/pci0000:00/0000:01:00.0/device", "0x10fb\n");
	ck_assert_int_eq(find(ADDRESS), -ENOTSUP);
	ck_assert_ptr_nonnull(
		strstr(error.text, "is PCI device 8086:10fb, not a virtio-blk device"));
	make_file("devices/pci0000:00/0000:01:00.0/vendor", "0x1af4\n");
	make_file("devices/pci0000:00/0000:01:00.0/device", "0x1042\n");
	check_refused(ADDRESS, "no IOMMU");
	unlink(at("devices/pci0000:00/0000:01:00.0/vendor"));
	check_refused(ADDRESS, "no IOMMU");
}
END_TEST

/* A full configuration space, as root reads it: first without capabilities, then with them. */
START_TEST(legacy_device_is_refused_whatever_else_it_lacks)
{
	static const uint8_t kinds[] = { 1, 2, 4 };
	uint8_t space[256] = { 0xf4, 0x1a, 0x01, 0x10 };
	unsigned int i;

	unlink(at("devices/pci0000:00/0000:01:00.0/iommu_group"));
	make_link("devices/pci0000:00/0000:01:00.0/driver", "../../../bus/pci/drivers/virtio-pci");
	make_bytes("devices/pci0000:00/0000:01:00.0/config", space, sizeof(space));
	ck_assert_int_eq(find(ADDRESS), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(error.text, "is a legacy virtio device"));
	/*
	 * Common, notification and device configuration at the start of BARs whose sizes are
	 * unknown.
	 */
	space[0x06] = 0x10;
	space[0x34] = 0x40;
	for (i = 0; i < 3; i++) {
		uint8_t *cap = space + 0x40 + i * 0x20;

		cap[0] = 0x09;
		cap[1] = (uint8_t)(i < 2 ? 0x60 + i * 0x20 : 0);
		cap[2] = 20;
		cap[3] = kinds[i];
		cap[13] = 0x10;
	}
	make_bytes("devices/pci0000:00/0000:01:00.0/config", space, sizeof(space));
	check_refused(ADDRESS, "no IOMMU");
	make_link("devices/pci0000:00/0000:01:00.0/iommu_group", "../../../kernel/iommu_groups/7");
	check_refused(ADDRESS, "is bound to virtio-pci");
	make_link("devices/pci0000:00/0000:01:00.0/driver", "../../../bus/pci/drivers/vfio-pci");
	ck_assert_int_eq(find(ADDRESS), 0);
}
END_TEST

START_TEST(missing_iommu_is_said)
{
	unlink(at("devices/pci0000:00/0000:01:00.0/iommu_group"));
	check_refused(ADDRESS, "no IOMMU");
}
END_TEST

START_TEST(no_iommu_mode_is_refused)
{
	make_file("kernel/iommu_groups/7/name", "vfio-noiommu\n");
	check_refused(ADDRESS, "no-IOMMU mode is not supported");
	make_file("kernel/iommu_groups/7/name", "other\n");
	ck_assert_int_eq(find(ADDRESS), 0);
}
END_TEST

START_TEST(device_of_its_own_is_found_whatever_the_driver_is_called)
{
	make_dir("devices/pci0000:00/0000:01:00.0/vfio-dev/vfio12");
	make_link("devices/pci0000:00/0000:01:00.0/driver",
		  "../../../bus/pci/drivers/some_vfio_pci");
	ck_assert_int_eq(find(ADDRESS), 0);
	ck_assert_str_eq(function.cdev, "vfio12");
}
END_TEST

START_TEST(neighbours_with_drivers_are_named)
{
	char text[128];

	ck_assert_int_eq(find(ADDRESS), 0);
	pci_function_neighbours(&function, text, sizeof(text));
	ck_assert_str_eq(text, "");
	make_link("devices/pci0000:00/0000:01:00.1/driver", "../../../bus/pci/drivers/e1000e");
	pci_function_neighbours(&function, text, sizeof(text));
	ck_assert_str_eq(text, "0000:01:00.1 (e1000e)");
	pci_function_neighbours(&function, text, 8);
	ck_assert_str_eq(text, "0000:01");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pci-function");
	TCase *tc = unit_tcase(suite, "pci-function", setup, teardown);

	tcase_add_test(tc, address_is_found);
	tcase_add_test(tc, address_without_domain_is_in_domain_0);
	tcase_add_test(tc, directory_in_sysfs_is_found);
	tcase_add_test(tc, names_of_functions_and_others_are_told_apart);
	tcase_add_test(tc, file_that_looks_like_an_address_is_none);
	tcase_add_test(tc, letters_are_as_sysfs_has_them);
	tcase_add_test(tc, function_that_is_not_there_is_refused);
	tcase_add_test(tc, other_driver_is_named);
	tcase_add_test(tc, missing_driver_is_said);
	tcase_add_test(tc, function_of_another_kind_is_refused_whatever_else_it_lacks);
	tcase_add_test(tc, kind_is_known_by_numbers_too);
	tcase_add_test(tc, legacy_device_is_refused_whatever_else_it_lacks);
	tcase_add_test(tc, missing_iommu_is_said);
	tcase_add_test(tc, no_iommu_mode_is_refused);
	tcase_add_test(tc, device_of_its_own_is_found_whatever_the_driver_is_called);
	tcase_add_test(tc, neighbours_with_drivers_are_named);
	return unit_main(suite);
}
