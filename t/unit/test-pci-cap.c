// SPDX-License-Identifier: GPL-2.0-only
/* The configuration space of a PCI function: correct ones, and ones of a hostile device. */
#include <errno.h>
#include <string.h>

#include <linux/virtio_pci.h>

#include "t/unit/unit.h"
#include "vhost/transport/vfio-pci/pci_cap.h"

/* Offsets of the capabilities in these tests. */
#define AT_MSIX	  0x40u
#define AT_COMMON 0x50u
#define AT_NOTIFY 0x60u
#define AT_DEVICE 0x74u

#define BAR_BYTES 0x4000u

static uint8_t space[PCI_CFG_SPACE_SIZE];
static uint64_t bars[PCI_STD_NUM_BARS];
static struct pci_virtio found;
static struct error error;

static void put16(unsigned int at, uint16_t value)
{
	space[at] = (uint8_t)value;
	space[at + 1] = (uint8_t)(value >> 8);
}

static void put32(unsigned int at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16(at + 2, (uint16_t)(value >> 16));
}

static void put_cap(unsigned int at, uint8_t next, uint8_t bytes, uint8_t type, uint32_t offset,
		    uint32_t length)
{
	space[at] = PCI_CAP_ID_VNDR;
	space[at + 1] = next;
	space[at + 2] = bytes;
	space[at + 3] = type;
	space[at + 4] = 4;
	put32(at + 8, offset);
	put32(at + 12, length);
}

/* A correct function. */
static void setup(void)
{
	memset(space, 0, sizeof(space));
	memset(bars, 0, sizeof(bars));
	memset(&error, 0, sizeof(error));
	bars[4] = BAR_BYTES;
	put16(PCI_VENDOR_ID, 0x1af4);
	put16(PCI_DEVICE_ID, 0x1042);
	put16(PCI_STATUS, PCI_STATUS_CAP_LIST);
	space[PCI_CAPABILITY_LIST] = AT_MSIX;
	space[AT_MSIX] = PCI_CAP_ID_MSIX;
	space[AT_MSIX + 1] = AT_COMMON;
	put_cap(AT_COMMON, AT_NOTIFY, 16, VIRTIO_PCI_CAP_COMMON_CFG, 0, 0x1000);
	put_cap(AT_NOTIFY, AT_DEVICE, 20, VIRTIO_PCI_CAP_NOTIFY_CFG, 0x3000, 0x1000);
	put32(AT_NOTIFY + 16, 4);
	put_cap(AT_DEVICE, 0, 16, VIRTIO_PCI_CAP_DEVICE_CFG, 0x2000, 0x1000);
}

static int find(void)
{
	return pci_virtio_find(&found, space, sizeof(space), bars, &error);
}

/* Expect an error message that contains @words. */
static void check_refused(int err, const char *words)
{
	ck_assert_int_eq(find(), err);
	ck_assert_msg(strstr(error.text, words), "'%s' does not occur in: %s", words, error.text);
}

START_TEST(structures_are_found)
{
	ck_assert_int_eq(find(), 0);
	ck_assert_uint_eq(found.common.bar, 4);
	ck_assert_uint_eq(found.common.offset, 0);
	ck_assert_uint_eq(found.common.bytes, 0x1000);
	ck_assert_uint_eq(found.notify.offset, 0x3000);
	ck_assert_uint_eq(found.notify_multiplier, 4);
	ck_assert_uint_eq(found.device.offset, 0x2000);
}
END_TEST

START_TEST(transitional_block_device_is_one)
{
	put16(PCI_DEVICE_ID, 0x1001);
	ck_assert_int_eq(find(), 0);
}
END_TEST

START_TEST(functions_of_other_kinds_are_refused)
{
	put16(PCI_DEVICE_ID, 0x1041);
	check_refused(-ENOTSUP, "type 1 ");
	put16(PCI_DEVICE_ID, 0x1000);
	check_refused(-ENOTSUP, "1af4:1000), but not virtio-blk");
	put16(PCI_DEVICE_ID, 0x1110);
	check_refused(-ENOTSUP, "1af4:1110, not a virtio-blk device");
	put16(PCI_VENDOR_ID, 0x8086);
	put16(PCI_DEVICE_ID, 0x1042);
	check_refused(-ENOTSUP, "8086:1042, not a virtio-blk device");
	memset(space, 0xff, sizeof(space));
	check_refused(-ENODEV, "does not answer");
}
END_TEST

START_TEST(bridge_is_refused)
{
	space[PCI_HEADER_TYPE] = 0x81;
	check_refused(-EPROTO, "header type 1");
	space[PCI_HEADER_TYPE] = 0x80;
	ck_assert_int_eq(find(), 0);
}
END_TEST

START_TEST(legacy_device_is_refused)
{
	put16(PCI_DEVICE_ID, 0x1001);
	space[AT_MSIX + 1] = 0;
	check_refused(-ENOTSUP, "legacy");
	put16(PCI_STATUS, 0);
	space[AT_MSIX + 1] = AT_COMMON;
	check_refused(-ENOTSUP, "legacy");
}
END_TEST

START_TEST(missing_structure_is_named)
{
	space[AT_NOTIFY + 1] = 0;
	check_refused(-EPROTO, "no usable device configuration structure");
	space[AT_COMMON + 1] = AT_DEVICE;
	check_refused(-EPROTO, "no usable notification structure");
	space[AT_MSIX + 1] = AT_NOTIFY;
	space[AT_NOTIFY + 1] = AT_DEVICE;
	check_refused(-EPROTO, "no usable common configuration structure");
}
END_TEST

START_TEST(list_that_loops_ends)
{
	space[AT_DEVICE + 1] = AT_MSIX;
	check_refused(-EPROTO, "loops");
	space[AT_DEVICE + 1] = AT_DEVICE;
	check_refused(-EPROTO, "loops");
}
END_TEST

START_TEST(list_that_leaves_the_capabilities_is_refused)
{
	space[AT_DEVICE + 1] = 0x3c;
	check_refused(-EPROTO, "0x3c");
	space[PCI_CAPABILITY_LIST] = 0x04;
	check_refused(-EPROTO, "0x04");
}
END_TEST

START_TEST(low_bits_of_pointers_are_not_theirs)
{
	space[PCI_CAPABILITY_LIST] |= 3;
	space[AT_MSIX + 1] |= 2;
	space[AT_DEVICE + 1] |= 1;
	ck_assert_int_eq(find(), 0);
}
END_TEST

START_TEST(structure_beyond_its_bar_is_refused)
{
	put32(AT_COMMON + 8, BAR_BYTES - 0xffc);
	check_refused(
		-EPROTO,
		"no usable common configuration structure: 0x1000 bytes at 0x3004 go beyond BAR 4, which has 0x4000 bytes");
	put32(AT_COMMON + 8, 0xfffffffc);
	check_refused(-EPROTO, "beyond BAR 4");
	put32(AT_COMMON + 8, 4);
	put32(AT_COMMON + 12, 0xffffffff);
	check_refused(-EPROTO, "beyond BAR 4");
}
END_TEST

START_TEST(bar_that_is_not_there_is_refused)
{
	space[AT_NOTIFY + 4] = 6;
	check_refused(-EPROTO, "no usable notification structure: it is in BAR 6");
	space[AT_NOTIFY + 4] = 0xff;
	check_refused(-EPROTO, "BAR 255");
	space[AT_NOTIFY + 4] = 5;
	check_refused(-EPROTO, "beyond BAR 5, which has 0x0 bytes");
}
END_TEST

START_TEST(structure_too_small_is_refused)
{
	put32(AT_COMMON + 12, 55);
	check_refused(-EPROTO, "it has only 55 bytes");
	put32(AT_COMMON + 12, 56);
	put32(AT_DEVICE + 12, 7);
	check_refused(-EPROTO, "it has only 7 bytes");
	put32(AT_DEVICE + 12, 8);
	put32(AT_NOTIFY + 12, 2);
	ck_assert_int_eq(find(), 0);
	put32(AT_NOTIFY + 12, 0);
	check_refused(-EPROTO, "it has only 0 bytes");
}
END_TEST

START_TEST(structure_not_aligned_is_refused)
{
	put32(AT_DEVICE + 8, 0x2002);
	check_refused(-EPROTO, "its offset 0x2002 is not aligned");
	put32(AT_DEVICE + 8, 0x2000);
	put32(AT_NOTIFY + 8, 0x2ffe);
	ck_assert_int_eq(find(), 0);
	put32(AT_NOTIFY + 8, 0x2fff);
	check_refused(-EPROTO, "not aligned");
}
END_TEST

START_TEST(capability_cut_off_is_refused)
{
	space[AT_NOTIFY + 2] = 16;
	check_refused(-EPROTO, "its capability at 0x60 has an invalid length of 16 bytes");
	/* At the end of the space: the capability's last field would be outside of it. */
	memcpy(space + 0xf0, space + AT_NOTIFY, 16);
	space[0xf0 + 2] = 20;
	space[AT_COMMON + 1] = 0xf0;
	check_refused(-EPROTO, "its capability at 0xf0 has an invalid length of 20 bytes");
	/* At the end of the space: even the fields common to all types would be outside of it. */
	space[AT_COMMON + 1] = 0xf4;
	space[0xf4] = PCI_CAP_ID_VNDR;
	space[0xf4 + 1] = AT_DEVICE;
	check_refused(-EPROTO, "no usable notification structure");
}
END_TEST

START_TEST(first_structure_that_can_be_used_is)
{
	/* A structure in a reserved BAR, one of an unknown type, and a second usable one. */
	put_cap(0x90, 0xa0, 16, VIRTIO_PCI_CAP_COMMON_CFG, 0, 0x1000);
	space[0x90 + 4] = 7;
	put_cap(0xa0, AT_COMMON, 16, 77, 0, 0xffffffff);
	put_cap(0xb0, 0, 16, VIRTIO_PCI_CAP_COMMON_CFG, 0x100, 0x100);
	space[AT_MSIX + 1] = 0x90;
	space[AT_DEVICE + 1] = 0xb0;
	ck_assert_int_eq(find(), 0);
	ck_assert_uint_eq(found.common.offset, 0);
	ck_assert_uint_eq(found.common.bytes, 0x1000);
}
END_TEST

START_TEST(odd_multiplier_is_refused)
{
	put32(AT_NOTIFY + 16, 3);
	check_refused(-EPROTO, "multiplier is 3");
}
END_TEST

START_TEST(notification_is_within_its_structure)
{
	uint32_t at;

	ck_assert_int_eq(find(), 0);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 3, 2, &at), 0);
	ck_assert_uint_eq(at, 12);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0x3ff, 4, &at), 0);
	ck_assert_uint_eq(at, 0xffc);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0x400, 2, &at), -EPROTO);

	/* The largest multiplier and offset must not overflow to a valid offset. */
	found.notify_multiplier = 0xfffffffe;
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0xffff, 2, &at), -EPROTO);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0, 2, &at), 0);
	ck_assert_uint_eq(at, 0);

	found.notify_multiplier = 2;
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0x7ff, 2, &at), 0);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 0x7ff, 4, &at), -EPROTO);
	ck_assert_int_eq(pci_virtio_notify_offset(&found, 1, 4, &at), -EPROTO);
}
END_TEST

START_TEST(cut_off_space_is_refused)
{
	ck_assert_int_eq(pci_virtio_find(&found, space, 255, bars, &error), -EPROTO);
}
END_TEST

/*
 * Whatever the value of any one byte, parsing ends, and structures that it finds lie within their
 * BARs.
 */
START_TEST(any_byte_may_be_anything)
{
	unsigned int at, value;

	for (at = 0; at < 0x90; at++) {
		for (value = 0; value < 256; value++) {
			setup();
			space[at] = (uint8_t)value;
			if (find()) {
				CHECK(*error.text);
				continue;
			}
			CHECK((uint64_t)found.common.offset + found.common.bytes <=
			      bars[found.common.bar]);
			CHECK((uint64_t)found.notify.offset + found.notify.bytes <=
			      bars[found.notify.bar]);
			CHECK((uint64_t)found.device.offset + found.device.bytes <=
			      bars[found.device.bar]);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pci-cap");
	TCase *tc = unit_tcase(suite, "pci-cap", setup, NULL);

	tcase_add_test(tc, structures_are_found);
	tcase_add_test(tc, transitional_block_device_is_one);
	tcase_add_test(tc, functions_of_other_kinds_are_refused);
	tcase_add_test(tc, bridge_is_refused);
	tcase_add_test(tc, legacy_device_is_refused);
	tcase_add_test(tc, missing_structure_is_named);
	tcase_add_test(tc, list_that_loops_ends);
	tcase_add_test(tc, list_that_leaves_the_capabilities_is_refused);
	tcase_add_test(tc, low_bits_of_pointers_are_not_theirs);
	tcase_add_test(tc, structure_beyond_its_bar_is_refused);
	tcase_add_test(tc, bar_that_is_not_there_is_refused);
	tcase_add_test(tc, structure_too_small_is_refused);
	tcase_add_test(tc, structure_not_aligned_is_refused);
	tcase_add_test(tc, capability_cut_off_is_refused);
	tcase_add_test(tc, first_structure_that_can_be_used_is);
	tcase_add_test(tc, odd_multiplier_is_refused);
	tcase_add_test(tc, notification_is_within_its_structure);
	tcase_add_test(tc, cut_off_space_is_refused);
	tcase_add_test(tc, any_byte_may_be_anything);
	return unit_main(suite);
}
