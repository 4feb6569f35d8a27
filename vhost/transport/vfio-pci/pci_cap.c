// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/virtio_pci.h>

#include "vhost/transport/vfio-pci/pci_cap.h"

#define VENDOR_VIRTIO		0x1af4u
#define DEVICE_MODERN		0x1040u /* plus the virtio device type */
#define DEVICE_MODERN_LAST	0x107fu
#define DEVICE_TRANSITIONAL	0x1000u
#define DEVICE_BLK		0x1042u
#define DEVICE_BLK_TRANSITIONAL 0x1001u

/* Length of the common configuration in VIRTIO 1.0; the driver needs no later registers. */
#define COMMON_BYTES ((uint32_t)sizeof(struct virtio_pci_common_cfg))

/* The required part of the device configuration: the capacity field. */
#define DEVICE_BYTES 8u

/* Maximum number of capabilities in a PCI configuration space. A longer list contains a loop. */
#define CAPABILITIES_MAX ((PCI_CFG_SPACE_SIZE - PCI_STD_HEADER_SIZEOF) / PCI_CAP_SIZEOF)

/* The structures of registers that the driver needs. */
enum { COMMON, NOTIFY, DEVICE, STRUCTURES };

/* Requirements for each structure (VIRTIO 1.3, 4.1.4.3 to 4.1.4.6). */
static const struct {
	const char *name;
	uint8_t type;
	uint8_t least;	/* minimum length of the capability */
	uint8_t align;	/* alignment of the structure */
	uint32_t bytes; /* minimum length of the structure */
} structures[STRUCTURES] = {
	[COMMON] = { "common configuration", VIRTIO_PCI_CAP_COMMON_CFG,
		     sizeof(struct virtio_pci_cap), 4, COMMON_BYTES },
	[NOTIFY] = { "notification", VIRTIO_PCI_CAP_NOTIFY_CFG,
		     sizeof(struct virtio_pci_notify_cap), 2, 2 },
	[DEVICE] = { "device configuration", VIRTIO_PCI_CAP_DEVICE_CFG,
		     sizeof(struct virtio_pci_cap), 4, DEVICE_BYTES },
};

struct search {
	const uint8_t *space;
	const uint64_t *bar_bytes;
	struct pci_structure structure[STRUCTURES];
	uint32_t multiplier;
	bool found[STRUCTURES];
	char why[STRUCTURES][96]; /* reason why the first structure of the kind is not usable */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

/**
 * pci_virtio_check - check that a PCI function is a virtio-blk device
 * @space: header of the PCI configuration space of the function
 * @error: set to the reason for a failure
 *
 * VIRTIO 1.3, 4.1.2. Returns 0 or a negative errno.
 */
int pci_virtio_check(const uint8_t space[PCI_STD_HEADER_SIZEOF], struct error *error)
{
	uint16_t vendor = get16(space + PCI_VENDOR_ID), device = get16(space + PCI_DEVICE_ID);

	if (vendor == 0xffff)
		return error_set(error, -ENODEV,
				 "does not answer: its PCI configuration space reads as all ones");
	if (vendor != VENDOR_VIRTIO || device < DEVICE_TRANSITIONAL || device > DEVICE_MODERN_LAST)
		return error_set(
			error, -ENOTSUP,
			"is PCI device %04x:%04x, not a virtio-blk device, which is 1af4:1042 or 1af4:1001",
			vendor, device);
	if (device >= DEVICE_MODERN && device != DEVICE_BLK)
		return error_set(
			error, -ENOTSUP,
			"is a virtio device of type %u (PCI device %04x:%04x), not a block device, which has type 2",
			device - DEVICE_MODERN, vendor, device);
	if (device < DEVICE_MODERN && device != DEVICE_BLK_TRANSITIONAL)
		return error_set(
			error, -ENOTSUP,
			"is a virtio device (PCI device %04x:%04x), but not virtio-blk, which is 1af4:1042 or 1af4:1001",
			vendor, device);
	if ((space[PCI_HEADER_TYPE] & 0x7f) != PCI_HEADER_TYPE_NORMAL)
		return error_set(error, -EPROTO,
				 "has PCI header type %u, but the header type of a device is 0",
				 space[PCI_HEADER_TYPE] & 0x7fu);
	return 0;
}

/*
 * Read a virtio capability. Store the structure that it describes, or the reason why the structure
 * is not usable. The driver uses the first usable structure of each kind (VIRTIO 1.3, 4.1.4.1).
 */
static void read_cap(struct search *search, unsigned int at)
{
	const uint8_t *cap = search->space + at;
	uint8_t bar = cap[offsetof(struct virtio_pci_cap, bar)];
	uint32_t offset = get32(cap + offsetof(struct virtio_pci_cap, offset));
	uint32_t length = get32(cap + offsetof(struct virtio_pci_cap, length));
	uint8_t cap_bytes = cap[offsetof(struct virtio_pci_cap, cap_len)];
	char why[sizeof(*search->why)] = "";
	unsigned int i;

	for (i = 0; i < STRUCTURES; i++)
		if (structures[i].type == cap[offsetof(struct virtio_pci_cap, cfg_type)])
			break;
	if (i == STRUCTURES || search->found[i])
		return;
	if (cap_bytes < structures[i].least || at + cap_bytes > PCI_CFG_SPACE_SIZE)
		snprintf(why, sizeof(why),
			 "its capability at 0x%02x has an invalid length of %u bytes", at,
			 cap_bytes);
	else if (bar >= PCI_STD_NUM_BARS)
		snprintf(why, sizeof(why), "it is in BAR %u, which does not exist", bar);
	else if ((uint64_t)offset + length > search->bar_bytes[bar])
		snprintf(why, sizeof(why),
			 "0x%x bytes at 0x%x go beyond BAR %u, which has 0x%llx bytes", length,
			 offset, bar, (unsigned long long)search->bar_bytes[bar]);
	else if (length < structures[i].bytes)
		snprintf(why, sizeof(why), "it has only %u bytes", length);
	else if (offset % structures[i].align)
		snprintf(why, sizeof(why), "its offset 0x%x is not aligned", offset);
	else if (i == NOTIFY && get32(cap + VIRTIO_PCI_NOTIFY_CAP_MULT) % 2)
		snprintf(why, sizeof(why), "its offset multiplier is %u, an odd number",
			 get32(cap + VIRTIO_PCI_NOTIFY_CAP_MULT));
	if (*why) {
		if (!*search->why[i])
			memcpy(search->why[i], why, sizeof(why));
		return;
	}
	search->found[i] = true;
	search->structure[i] =
		(struct pci_structure){ .bar = bar, .offset = offset, .bytes = length };
	if (i == NOTIFY)
		search->multiplier = get32(cap + VIRTIO_PCI_NOTIFY_CAP_MULT);
}

static int walk(struct search *search, struct error *error)
{
	unsigned int n, at = search->space[PCI_CAPABILITY_LIST] & ~3u;

	if (!(get16(search->space + PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	for (n = 0; at; n++, at = search->space[at + PCI_CAP_LIST_NEXT] & ~3u) {
		if (n == CAPABILITIES_MAX)
			return error_set(error, -EPROTO, "list of PCI capabilities loops");
		if (at < PCI_STD_HEADER_SIZEOF)
			return error_set(
				error, -EPROTO,
				"list of PCI capabilities points to 0x%02x, which is inside the PCI header",
				at);
		/* Skip a vendor capability so close to the end that a virtio capability does not
		 * fit. */
		if (search->space[at + PCI_CAP_LIST_ID] == PCI_CAP_ID_VNDR &&
		    at + sizeof(struct virtio_pci_cap) <= PCI_CFG_SPACE_SIZE)
			read_cap(search, at);
	}
	return 0;
}

/**
 * pci_virtio_find - find the registers of a virtio-blk device
 * @found: filled in
 * @space: copy of the PCI configuration space of the function
 * @space_bytes: length of @space
 * @bar_bytes: size of each BAR, 0 if the BAR does not exist
 * @error: set to the reason for a failure
 *
 * The contents of @space are not trusted. Returns 0; -ENODEV if the function does not answer;
 * -ENOTSUP if it is not a virtio-blk device or has no VIRTIO 1 capabilities; -EPROTO if the
 * contents are invalid.
 */
int pci_virtio_find(struct pci_virtio *found, const uint8_t *space, size_t space_bytes,
		    const uint64_t bar_bytes[PCI_STD_NUM_BARS], struct error *error)
{
	struct search search = { .space = space, .bar_bytes = bar_bytes };
	unsigned int i, present = 0;
	int ret;

	if (space_bytes < PCI_CFG_SPACE_SIZE)
		return error_set(
			error, -EPROTO,
			"only %zu of %d bytes of the PCI configuration space could be read",
			space_bytes, PCI_CFG_SPACE_SIZE);
	ret = pci_virtio_check(space, error);
	if (!ret)
		ret = walk(&search, error);
	if (ret)
		return ret;
	for (i = 0; i < STRUCTURES; i++)
		present += search.found[i] || *search.why[i];
	if (!present)
		return error_set(
			error, -ENOTSUP,
			"is a legacy virtio device: it has no virtio 1 capabilities (QEMU: disable-modern=off)");
	for (i = 0; i < STRUCTURES; i++) {
		if (search.found[i])
			continue;
		return error_set(error, -EPROTO, "has no usable %s structure%s%s",
				 structures[i].name, *search.why[i] ? ": " : "", search.why[i]);
	}
	found->common = search.structure[COMMON];
	found->notify = search.structure[NOTIFY];
	found->device = search.structure[DEVICE];
	found->notify_multiplier = search.multiplier;
	return 0;
}

/**
 * pci_virtio_notify_offset - get the address of the notification register of a queue
 * @device: registers of the device
 * @queue_offset: queue_notify_off of the queue
 * @width: width of a notification in bytes, 2 or 4
 * @offset: set to the offset of the register from the start of @device->notify
 *
 * VIRTIO 1.3, 4.1.4.4. Returns 0, or -EPROTO if the register is outside the notification structure
 * or not aligned.
 */
int pci_virtio_notify_offset(const struct pci_virtio *device, uint16_t queue_offset, uint32_t width,
			     uint32_t *offset)
{
	uint64_t at = (uint64_t)queue_offset * device->notify_multiplier;

	if (at + width > device->notify.bytes || (device->notify.offset + at) % width)
		return -EPROTO;
	*offset = (uint32_t)at;
	return 0;
}
