// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost/transport/vfio-pci/pci_cap.h"
#include "vhost/transport/vfio-pci/pci_function.h"
#include "virtq/base.h"

/* Drivers that do not prevent the use of the other functions in their IOMMU group. */
static const char *const harmless[] = { "vfio-pci", "pci-stub", "pcieport" };

/* Return the number of hexadecimal digits at the start of @text. */
static size_t hex_digits(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF");
}

/*
 * Parse an address, such as 0000:01:00.0, or 01:00.0 in domain 0. Write the form that sysfs uses to
 * @address.
 */
static bool parse_address(const char *text, char address[VFIO_ADDRESS_BYTES])
{
	const char *domain = "0000", *rest = text;
	size_t n = hex_digits(text), i;

	if (n >= 4 && n <= 8 && text[n] == ':') {
		domain = text;
		rest = text + n + 1;
	} else {
		n = 4;
	}
	if (hex_digits(rest) != 2 || rest[2] != ':' || hex_digits(rest + 3) != 2 ||
	    rest[5] != '.' || rest[6] < '0' || rest[6] > '7' || rest[7])
		return false;
	snprintf(address, VFIO_ADDRESS_BYTES, "%.*s:%s", (int)n, domain, rest);
	for (i = 0; address[i]; i++)
		address[i] = (char)tolower((unsigned char)address[i]);
	return true;
}

/*
 * Set @name to the last component of the real path of @path (@follow), or of the target of the link
 * @path (!@follow).
 */
static bool last_component(const char *path, bool follow, char *name, size_t bytes)
{
	char full[PATH_MAX];
	const char *slash;

	if (follow) {
		if (!realpath(path, full))
			return false;
	} else {
		ssize_t n = readlink(path, full, sizeof(full) - 1);

		if (n < 0)
			return false;
		full[n] = 0;
	}
	slash = strrchr(full, '/');
	snprintf(name, bytes, "%.*s", (int)bytes - 1, slash ? slash + 1 : full);
	return true;
}

/* Get the PCI address from @path: an address, or the directory of a function in sysfs. */
static bool address_of(const char *path, char address[VFIO_ADDRESS_BYTES])
{
	char name[NAME_MAX + 1];

	return parse_address(path, address) ||
	       (last_component(path, true, name, sizeof(name)) && parse_address(name, address));
}

/**
 * pci_function_is_name - return true if a name has the form of the name of a PCI function
 * @path: name: a PCI address, or the directory of the function in sysfs
 * @st: result of stat() for @path, NULL = the file does not exist
 * @address: set to the address of the function, in the form that sysfs uses
 */
bool pci_function_is_name(const char *path, const struct stat *st, char address[VFIO_ADDRESS_BYTES])
{
	return (!st || S_ISDIR(st->st_mode)) && address_of(path, address);
}

/* Write the path of the file @name in the sysfs directory of a function to @path. */
static void sysfs_path(const struct pci_function *function, const char *address, const char *name,
		       char *path, size_t bytes)
{
	snprintf(path, bytes, "%s/bus/pci/devices/%s/%s", function->sysfs, address, name);
}

static bool driver_of(const struct pci_function *function, const char *address, char *driver,
		      size_t bytes)
{
	char path[PATH_MAX];

	sysfs_path(function, address, "driver", path, sizeof(path));
	return last_component(path, false, driver, bytes);
}

/* Read a number from a sysfs file of the function. Return -1 if the file cannot be read. */
static long read_id(const struct pci_function *function, const char *name)
{
	char path[PATH_MAX];
	unsigned int id;
	bool read;
	FILE *f;

	sysfs_path(function, function->address, name, path, sizeof(path));
	f = fopen(path, "re");
	if (!f)
		return -1;
	read = fscanf(f, "%x", &id) == 1;
	fclose(f);
	return read ? (long)(id & 0xffff) : -1;
}

/*
 * Check first that the function is a virtio-blk device, so that a user who named the wrong function
 * is not asked to bind it to vfio-pci. sysfs shows the header of the PCI configuration space, or at
 * least the vendor and device, to every user. Only root can read the capabilities in sysfs; if they
 * are readable, a legacy device is refused here as well. All else, such as the sizes of the BARs,
 * is checked when the function is opened.
 */
static int check_kind(const struct pci_function *function, struct error *error)
{
	uint64_t any_size[PCI_STD_NUM_BARS];
	uint8_t space[PCI_CFG_SPACE_SIZE] = { 0 };
	struct pci_virtio registers;
	char path[PATH_MAX];
	size_t shown = 0;
	FILE *f;

	sysfs_path(function, function->address, "config", path, sizeof(path));
	f = fopen(path, "re");
	if (f) {
		shown = fread(space, 1, sizeof(space), f);
		fclose(f);
	}
	if (shown == sizeof(space)) {
		memset(any_size, 0xff, sizeof(any_size));
		return pci_virtio_find(&registers, space, sizeof(space), any_size, error);
	}
	if (shown < PCI_STD_HEADER_SIZEOF) {
		long vendor = read_id(function, "vendor"), device = read_id(function, "device");

		if (vendor < 0 || device < 0)
			return 0;
		memset(space, 0, sizeof(space));
		space[PCI_VENDOR_ID] = (uint8_t)vendor;
		space[PCI_VENDOR_ID + 1] = (uint8_t)(vendor >> 8);
		space[PCI_DEVICE_ID] = (uint8_t)device;
		space[PCI_DEVICE_ID + 1] = (uint8_t)(device >> 8);
	}
	return pci_virtio_check(space, error);
}

static int find_group(struct pci_function *function, struct error *error)
{
	char path[PATH_MAX], text[32] = "";
	FILE *f;

	sysfs_path(function, function->address, "iommu_group", path, sizeof(path));
	if (!last_component(path, false, text, sizeof(text)) ||
	    sscanf(text, "%u", &function->group) != 1)
		return error_set(
			error, -ENODEV,
			"has no IOMMU group: the machine has no IOMMU, or the IOMMU is turned off; enable it in the firmware and, on Intel, with intel_iommu=on on the kernel command line");
	sysfs_path(function, function->address, "iommu_group/name", path, sizeof(path));
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%31s", text) != 1)
			*text = 0;
		fclose(f);
	}
	if (strcmp(text, "vfio-noiommu"))
		return 0;
	return error_set(
		error, -ENODEV,
		"has no IOMMU (VFIO's no-IOMMU mode is not supported, because it uses physical addresses)");
}

static void find_cdev(struct pci_function *function)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	sysfs_path(function, function->address, "vfio-dev", path, sizeof(path));
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "vfio", 4) &&
		    strlen(entry->d_name) < sizeof(function->cdev))
			strcpy(function->cdev, entry->d_name);
	closedir(dir);
}

/**
 * pci_function_find - find a PCI function that is bound to a VFIO driver
 * @function: filled in
 * @sysfs: directory where sysfs is mounted; the pointer is stored, the string is not copied
 * @path: PCI address of the function, or its directory in sysfs
 * @error: set to the reason for a failure
 *
 * Returns 0. Returns a negative errno if the function does not exist, is not a virtio-blk device,
 * has no IOMMU, or is not bound to a VFIO driver.
 */
int pci_function_find(struct pci_function *function, const char *sysfs, const char *path,
		      struct error *error)
{
	char text[PATH_MAX], driver[64];
	int ret;

	memset(function, 0, sizeof(*function));
	function->sysfs = sysfs;
	if (!address_of(path, function->address))
		return error_set(error, -ENODEV, "is not a PCI address such as 0000:01:00.0");
	sysfs_path(function, function->address, "", text, sizeof(text));
	if (access(text, F_OK))
		return error_set(error, -ENODEV,
				 "there is no such PCI function (lspci -D lists them)");
	ret = check_kind(function, error);
	if (!ret)
		ret = find_group(function, error);
	if (ret)
		return ret;
	find_cdev(function);
	if (!driver_of(function, function->address, driver, sizeof(driver)))
		return error_set(
			error, -ENODEV,
			"has no driver; bind it to vfio-pci first (driverctl set-override %s vfio-pci)",
			function->address);
	/* A function with a VFIO character device may use another VFIO driver than vfio-pci. */
	if (!*function->cdev && strcmp(driver, "vfio-pci"))
		return error_set(
			error, -ENODEV,
			"is bound to %s, not to vfio-pci; bind it to vfio-pci first (driverctl set-override %s vfio-pci)",
			driver, function->address);
	return 0;
}

/**
 * pci_function_neighbours - list the functions that prevent the use of an IOMMU group
 * @function: function in the group
 * @text: set to a list of the functions in the group that are bound to other drivers, with the name
 *	  of each driver
 * @bytes: size of @text
 */
void pci_function_neighbours(const struct pci_function *function, char *text, size_t bytes)
{
	char path[PATH_MAX], driver[64];
	struct dirent *entry;
	size_t at = 0, i;
	DIR *dir;

	*text = 0;
	sysfs_path(function, function->address, "iommu_group/devices", path, sizeof(path));
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)) && at < bytes) {
		if (*entry->d_name == '.' ||
		    !driver_of(function, entry->d_name, driver, sizeof(driver)))
			continue;
		for (i = 0; i < ARRAY_SIZE(harmless); i++)
			if (!strcmp(driver, harmless[i]))
				break;
		if (i == ARRAY_SIZE(harmless))
			at += (size_t)snprintf(text + at, bytes - at, "%s%s (%s)", at ? ", " : "",
					       entry->d_name, driver);
	}
	closedir(dir);
}
