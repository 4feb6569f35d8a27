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

/* What a function is bound to that may be in one group with one of ours. */
static const char *const harmless[] = { "vfio-pci", "pci-stub", "pcieport" };

/* Hexadecimal digits at the start of a text. */
static size_t digits(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF");
}

/* Reads 0000:01:00.0, or 01:00.0 in domain 0, into the form that sysfs has. */
static bool parse(const char *text, char address[VFIO_ADDRESS_BYTES])
{
	const char *domain = "0000", *rest = text;
	size_t n = digits(text), i;

	if (n >= 4 && n <= 8 && text[n] == ':') {
		domain = text;
		rest = text + n + 1;
	} else {
		n = 4;
	}
	if (digits(rest) != 2 || rest[2] != ':' || digits(rest + 3) != 2 || rest[5] != '.' ||
	    rest[6] < '0' || rest[6] > '7' || rest[7])
		return false;
	snprintf(address, VFIO_ADDRESS_BYTES, "%.*s:%s", (int)n, domain, rest);
	for (i = 0; address[i]; i++)
		address[i] = (char)tolower((unsigned char)address[i]);
	return true;
}

/* The last part of what a path stands for (@follow), or of what it is a link to. */
static bool last_part(const char *path, bool follow, char *name, size_t bytes)
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

/* The address that a name means: it is one, or the function's directory in sysfs. */
static bool address_of(const char *path, char address[VFIO_ADDRESS_BYTES])
{
	char name[NAME_MAX + 1];

	return parse(path, address) ||
	       (last_part(path, true, name, sizeof(name)) && parse(name, address));
}

/**
 * pci_function_is_name - is this the name of a PCI function?
 * @path: name: an address, or the function's directory in sysfs
 * @st: the file of that name, NULL = there is none
 * @address: set to the function's address in the one form that sysfs has
 */
bool pci_function_is_name(const char *path, const struct stat *st, char address[VFIO_ADDRESS_BYTES])
{
	return (!st || S_ISDIR(st->st_mode)) && address_of(path, address);
}

/* The path of a file in a function's directory. */
static void part(const struct pci_function *function, const char *address, const char *name,
		 char *path, size_t bytes)
{
	snprintf(path, bytes, "%s/bus/pci/devices/%s/%s", function->sysfs, address, name);
}

static bool driver_of(const struct pci_function *function, const char *address, char *driver,
		      size_t bytes)
{
	char path[PATH_MAX];

	part(function, address, "driver", path, sizeof(path));
	return last_part(path, false, driver, bytes);
}

/* A number that sysfs has in a file of its own; -1 = it has none. */
static long read_id(const struct pci_function *function, const char *name)
{
	char path[PATH_MAX];
	unsigned int id;
	bool read;
	FILE *f;

	part(function, function->address, name, path, sizeof(path));
	f = fopen(path, "re");
	if (!f)
		return -1;
	read = fscanf(f, "%x", &id) == 1;
	fclose(f);
	return read ? (long)(id & 0xffff) : -1;
}

/*
 * A function that is not for us is none whatever else it lacks. Everybody is shown the header of
 * its configuration space, or at least who made it; root sees the capabilities too, without which
 * it is a legacy device. The BARs have their true sizes when the function is opened. Where sysfs
 * shows nothing that is found out then as well.
 */
static int check_kind(const struct pci_function *function, struct error *error)
{
	uint64_t any_size[PCI_STD_NUM_BARS];
	uint8_t space[PCI_CFG_SPACE_SIZE] = { 0 };
	struct pci_virtio registers;
	char path[PATH_MAX];
	size_t shown = 0;
	FILE *f;

	part(function, function->address, "config", path, sizeof(path));
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

	part(function, function->address, "iommu_group", path, sizeof(path));
	if (!last_part(path, false, text, sizeof(text)) ||
	    sscanf(text, "%u", &function->group) != 1)
		return error_set(
			error, -ENODEV,
			"has no IOMMU group: the machine has no IOMMU, or it is turned off (firmware; kernel command line: intel_iommu=on)");
	part(function, function->address, "iommu_group/name", path, sizeof(path));
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
		"has no IOMMU (VFIO's no-IOMMU mode is not supported: it knows physical addresses only)");
}

static void find_cdev(struct pci_function *function)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	part(function, function->address, "vfio-dev", path, sizeof(path));
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
 * pci_function_find - find a PCI function that VFIO has
 * @function: filled in
 * @sysfs: where sysfs is; kept, not copied
 * @path: the function's address, or its directory in sysfs
 * @error: why it cannot be used
 *
 * Returns 0, or a negative errno: there is no such function, it is no virtio-blk device, there is
 * no IOMMU, or another driver has it.
 */
int pci_function_find(struct pci_function *function, const char *sysfs, const char *path,
		      struct error *error)
{
	char text[PATH_MAX], driver[64];
	int ret;

	memset(function, 0, sizeof(*function));
	function->sysfs = sysfs;
	if (!address_of(path, function->address))
		return error_set(error, -ENODEV, "is no PCI address, such as 0000:01:00.0");
	part(function, function->address, "", text, sizeof(text));
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
	/* There are others that offer VFIO, for kinds of hardware. */
	if (!*function->cdev && strcmp(driver, "vfio-pci"))
		return error_set(
			error, -ENODEV,
			"is bound to %s, not to vfio-pci; bind it first (driverctl set-override %s vfio-pci)",
			driver, function->address);
	return 0;
}

/**
 * pci_function_neighbours - who keeps an IOMMU group from being used
 * @function: function
 * @text: filled in with the others of its group that a driver of the kernel has, and which one
 * @bytes: size of @text
 */
void pci_function_neighbours(const struct pci_function *function, char *text, size_t bytes)
{
	char path[PATH_MAX], driver[64];
	struct dirent *entry;
	size_t at = 0, i;
	DIR *dir;

	*text = 0;
	part(function, function->address, "iommu_group/devices", path, sizeof(path));
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
