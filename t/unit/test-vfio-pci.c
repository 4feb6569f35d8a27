// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a virtio-blk PCI function from reset to close (VIRTIO 1.3, 4.1), with a fake
 * function.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "t/unit/fake-pci-function.h"
#include "t/unit/unit.h"
#include "vhost/blk/blk_session.h"
#include "vhost/blk/blk_start.h"

#define BIT(n)		  (1ull << (n))
#define NOTIFICATION_DATA 38
#define ORDER_PLATFORM	  36
#define RING_RESET	  40

#define TIMEOUT_MS 50

static struct blk_dev dev;
static struct blk_dev_options options;
static struct arena arena;
static struct transport_queue queues[FUNCTION_QUEUES];

static void setup(void)
{
	unsigned int i;

	function_init();
	memset(&options, 0, sizeof(options));
	ck_assert_int_eq(arena_create(&arena, ARENA_UNIT, ARENA_PAGES_PLAIN), 0);
	for (i = 0; i < FUNCTION_QUEUES; i++) {
		queues[i] = (struct transport_queue){
			.size = 64,
			.addr = { arena.base + i * 0x10000, arena.base + i * 0x10000 + 0x4000,
				  arena.base + i * 0x10000 + 0x8000 },
			.kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
			.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		};
	}
}

static void teardown(void)
{
	ck_assert_msg(!function.wrong, "%s", function.wrong);
	ck_assert(!function.opened);
	ck_assert_ptr_null(function.mapped);
	arena_destroy(&arena);
}

static int open_it(void)
{
	return blk_dev_open(&dev, "0000:01:00.0", TIMEOUT_MS, &options);
}

static int start(uint32_t count)
{
	return blk_dev_start(&dev, &arena, queues, count);
}

static void must_start(uint32_t count)
{
	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_msg(!start(count), "%s", dev.error.text);
}

static void check_error(int ret, int err, const char *words)
{
	ck_assert_int_eq(ret, err);
	ck_assert_msg(strstr(dev.error.text, words), "'%s' does not occur in: %s", words,
		      dev.error.text);
}

START_TEST(INIT_1_steps_are_in_order)
{
	must_start(2);
	ck_assert_str_eq(function.log, "S0 S1 S3 F S11 V3 M E0 E1 S15");
	ck_assert_uint_eq(function.accepted, dev.features);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	ck_assert_str_eq(function.log, "S0 S1 S3 F S11 V3 M E0 E1 S15 S0");
}
END_TEST

START_TEST(INIT_3_device_that_cannot_be_used_is_told_so_and_reset)
{
	queues[0].size = 512;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(1), -EINVAL,
		    "a ring of 512 entries is too large; the device supports 256");
	ck_assert_str_eq(function.log, "S0 S1 S3 F S11 S139 S0");
}
END_TEST

START_TEST(reset_is_waited_for)
{
	function.resets_after = 5;
	must_start(1);
	ck_assert_int_eq(blk_dev_stop(&dev), 0);
	ck_assert_uint_eq(function.status, 0);
}
END_TEST

START_TEST(device_that_is_never_reset_is_an_error)
{
	function.resets_after = UINT32_MAX;
	check_error(open_it(), -ETIMEDOUT, "did not complete a reset within 50 ms");
}
END_TEST

START_TEST(device_that_is_never_reset_is_reset_by_pci)
{
	function.resets_after = UINT32_MAX;
	function.can_reset = true;
	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_str_eq(function.log, "S0 X S1 S3 F S11");
	blk_dev_close(&dev);
}
END_TEST

START_TEST(FEAT_4_platform_features_are_accepted)
{
	function.offered |= BIT(ORDER_PLATFORM) | BIT(NOTIFICATION_DATA);
	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_uint_eq(function.accepted & (BIT(33) | BIT(36) | BIT(38)),
			  BIT(33) | BIT(36) | BIT(38));
	blk_dev_close(&dev);
}
END_TEST

START_TEST(FEAT_4_device_that_bypasses_the_iommu_is_refused)
{
	function.offered &= ~BIT(33);
	check_error(open_it(), -ENOTSUP, "VIRTIO_F_ACCESS_PLATFORM");
	ck_assert_uint_eq(function.command & PCI_COMMAND_MASTER, 0);
}
END_TEST

START_TEST(FEAT_4_access_platform_cannot_be_forbidden)
{
	options.forbid = BIT(33);
	check_error(open_it(), -ENOTSUP, "access_platform cannot be forbidden");
}
END_TEST

START_TEST(CONF_1_configuration_that_changes_is_read_again)
{
	function.changes = 3;
	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_uint_eq(function.changes, 0);
	ck_assert_uint_eq(dev.capacity_bytes, function.capacity * 512);
	blk_dev_close(&dev);
}
END_TEST

START_TEST(CONF_1_configuration_that_always_changes_is_an_error)
{
	function.changes = UINT32_MAX;
	check_error(open_it(), -ETIMEDOUT, "changed during every read");
}
END_TEST

START_TEST(queues_are_described_as_the_device_addresses_them)
{
	uint32_t i;

	must_start(3);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(function.queue[i].size, 64);
		ck_assert_uint_eq(function.queue[i].desc, dev.iova + i * 0x10000);
		ck_assert_uint_eq(function.queue[i].driver, dev.iova + i * 0x10000 + 0x4000);
		ck_assert_uint_eq(function.queue[i].device, dev.iova + i * 0x10000 + 0x8000);
		ck_assert_uint_eq(function.queue[i].vector, 1 + i);
		ck_assert_int_eq(function.event[1 + i], queues[i].call_fd);
	}
	ck_assert_int_eq(function.event[0], dev.transport.event_fd[0]);
	ck_assert_int_eq(function.event[4], -1);
	ck_assert_uint_eq(function.queue[3].enabled, 0);
	ck_assert_uint_ne(function.command & PCI_COMMAND_MASTER, 0);
	blk_dev_stop(&dev);
}
END_TEST

START_TEST(queue_without_a_vector_is_an_error)
{
	function.vectors_refused = 2;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(2), -EBUSY, "queue 1: device did not accept an interrupt vector");
	function.vectors_refused = 0;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(1), -EBUSY,
		    "did not accept an interrupt vector for configuration changes");
}
END_TEST

START_TEST(queues_are_no_more_than_there_are_vectors_for)
{
	function.vectors = 3;
	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_uint_eq(dev.queues_max, 2);
	blk_dev_close(&dev);
	function.vectors = 1;
	check_error(open_it(), -ENOTSUP, "too few interrupt vectors");
}
END_TEST

START_TEST(queue_of_size_0_is_not_there)
{
	function.queue[0].max = 0;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(1), -EPROTO, "queue 0 does not exist");
}
END_TEST

static unsigned int notified16(unsigned int queue)
{
	uint16_t value;

	memcpy(&value, function.notify + queue * function.notify_multiplier, sizeof(value));
	return le16toh(value);
}

START_TEST(INIT_2_each_queue_is_notified_by_its_number_after_driver_ok)
{
	must_start(3);
	ck_assert_uint_eq(notified16(0), 0);
	ck_assert_uint_eq(notified16(1), 1);
	ck_assert_uint_eq(notified16(2), 2);
	ck_assert_uint_eq(notified16(3), 0xffff);
	memset(function.notify, 0xff, sizeof(function.notify));
	ck_assert(transport_kick(&queues[1].kick, 7));
	ck_assert_uint_eq(notified16(1), 1);
	/* The notification is 16 bits wide, so the bytes after it are unchanged. */
	ck_assert_uint_eq(function.notify[6], 0xff);
	blk_dev_stop(&dev);
}
END_TEST

START_TEST(notification_data_says_where_the_driver_goes_on)
{
	uint32_t value;

	function.offered |= BIT(NOTIFICATION_DATA);
	queues[1].base = 0x80008000;
	must_start(2);
	memcpy(&value, function.notify + 4, sizeof(value));
	ck_assert_uint_eq(le32toh(value), 0x80000001);
	ck_assert(transport_kick(&queues[1].kick, 0x8123));
	memcpy(&value, function.notify + 4, sizeof(value));
	ck_assert_uint_eq(le32toh(value), 0x81230001);
	blk_dev_stop(&dev);
}
END_TEST

START_TEST(registers_that_cannot_be_mapped_are_written_by_the_kernel)
{
	uint64_t count;

	function.offered |= BIT(NOTIFICATION_DATA);
	function.mappable = false;
	function.writable = true;
	must_start(2);
	/* The kernel always writes the same value, so NOTIFICATION_DATA must not be accepted. */
	ck_assert(!blk_dev_has(&dev, NOTIFICATION_DATA));
	ck_assert_int_eq(function.queue[1].write_on, queues[1].kick_fd);
	ck_assert_int_eq(read(queues[1].kick_fd, &count, sizeof(count)), sizeof(count));
	ck_assert(transport_kick(&queues[1].kick, 1));
	ck_assert_int_eq(read(queues[1].kick_fd, &count, sizeof(count)), sizeof(count));
	blk_dev_stop(&dev);

	function.writable = false;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(1), -ENOTTY, "cannot be mapped, and the kernel cannot write it");
}
END_TEST

START_TEST(notification_beyond_its_structure_is_an_error)
{
	function.notify_multiplier = FUNCTION_NOTIFY_BYTES;
	ck_assert_int_eq(open_it(), 0);
	check_error(start(2), -EPROTO, "queue 1: queue_notify_off 1 is outside");
}
END_TEST

START_TEST(queue_is_stopped_by_its_reset)
{
	function.offered |= BIT(RING_RESET);
	must_start(2);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 1), 0);
	ck_assert_uint_eq(function.queue[1].enabled, 0);
	ck_assert_uint_eq(function.queue[0].enabled, 1);
	function.queue_resets = true;
	check_error(blk_dev_disable_queue(&dev, 0), -ETIMEDOUT, "reset of queue 0");
	blk_dev_stop(&dev);
}
END_TEST

START_TEST(queue_without_a_reset_is_left_alone)
{
	must_start(1);
	ck_assert_int_eq(blk_dev_disable_queue(&dev, 0), -ENOTSUP);
	ck_assert_uint_eq(function.queue[0].enabled, 1);
	blk_dev_stop(&dev);
}
END_TEST

static enum transport_event poll_events(void)
{
	return dev.transport.ops->poll_events(&dev.transport);
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(fd, &one, sizeof(one)), sizeof(one));
}

static void check_lost(const char *words)
{
	ck_assert_int_eq(poll_events(), TRANSPORT_EVENT_LOST);
	ck_assert_msg(strstr(dev.transport.error.text, words), "'%s' does not occur in: %s", words,
		      dev.transport.error.text);
}

START_TEST(what_happens_to_the_device_is_told)
{
	must_start(1);
	ck_assert_int_eq(poll_events(), TRANSPORT_EVENT_NONE);
	/* An interrupt for a configuration change, for example of the capacity. */
	signal_fd(function.event[0]);
	ck_assert_int_eq(poll_events(), TRANSPORT_EVENT_NONE);

	function.status |= 0x40;
	signal_fd(function.event[0]);
	check_lost("DEVICE_NEEDS_RESET");
	function.status &= 0xbf;
	signal_fd(function.error_event);
	check_lost("PCI error");
	signal_fd(function.request_event);
	check_lost("the kernel requested its release");
	ck_assert_int_eq(poll_events(), TRANSPORT_EVENT_NONE);
	function.gone = true;
	signal_fd(function.event[0]);
	check_lost("is gone");
	function.gone = false;
	blk_dev_stop(&dev);
}
END_TEST

/*
 * The error must not be -EIO: vblk-info would then take the loss of the device for the failure of
 * one request, and continue.
 */
START_TEST(request_to_a_lost_device_ends_the_session)
{
	struct blk_session session;
	uint8_t status;

	ck_assert_msg(!open_it(), "%s", dev.error.text);
	ck_assert_int_eq(blk_session_start(&session, &dev, 512, TIMEOUT_MS), 0);
	signal_fd(function.error_event);
	check_error(blk_session_request(&session, VIRTIO_BLK_T_IN, 0, 512, true, &status), -ENODEV,
		    "PCI error");
	blk_session_stop(&session);
}
END_TEST

START_TEST(lost_device_is_reset_and_has_no_memory_any_more)
{
	must_start(2);
	transport_close(&dev.transport);
	ck_assert_uint_eq(function.status, 0);
	ck_assert_uint_eq(function.command & PCI_COMMAND_MASTER, 0);
	ck_assert(!function.attached);
	ck_assert_int_eq(function.event[1], -1);
}
END_TEST

START_TEST(device_that_is_gone_is_left_at_once)
{
	must_start(2);
	function.gone = true;
	transport_close(&dev.transport);
	ck_assert(!function.attached);
	ck_assert_ptr_null(function.mapped);
}
END_TEST

START_TEST(process_that_leaves_changes_nothing)
{
	struct transport left;

	must_start(2);
	left = dev.transport;
	left.event_fd[0] = left.event_fd[1] = left.event_fd[2] = -1;
	function.log[0] = 0;
	transport_after_fork(&left);
	ck_assert_str_eq(function.log, "");
	ck_assert(function.attached);
	ck_assert_ptr_nonnull(function.mapped);
	blk_dev_stop(&dev);
}
END_TEST

START_TEST(half_of_a_field_is_not_written)
{
	uint8_t byte = 1;

	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(dev.transport.ops->write_config(&dev.transport, 0, &byte, 1), -EINVAL);
	ck_assert_int_eq(dev.transport.ops->write_config(&dev.transport, 0x100, &byte, 1), -EPROTO);
	blk_dev_close(&dev);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vfio-pci");
	TCase *tc = unit_tcase(suite, "vfio-pci", setup, teardown);

	tcase_add_test(tc, INIT_1_steps_are_in_order);
	tcase_add_test(tc, INIT_2_each_queue_is_notified_by_its_number_after_driver_ok);
	tcase_add_test(tc, INIT_3_device_that_cannot_be_used_is_told_so_and_reset);
	tcase_add_test(tc, reset_is_waited_for);
	tcase_add_test(tc, device_that_is_never_reset_is_an_error);
	tcase_add_test(tc, device_that_is_never_reset_is_reset_by_pci);
	tcase_add_test(tc, FEAT_4_platform_features_are_accepted);
	tcase_add_test(tc, FEAT_4_device_that_bypasses_the_iommu_is_refused);
	tcase_add_test(tc, FEAT_4_access_platform_cannot_be_forbidden);
	tcase_add_test(tc, CONF_1_configuration_that_changes_is_read_again);
	tcase_add_test(tc, CONF_1_configuration_that_always_changes_is_an_error);
	tcase_add_test(tc, queues_are_described_as_the_device_addresses_them);
	tcase_add_test(tc, queue_without_a_vector_is_an_error);
	tcase_add_test(tc, queues_are_no_more_than_there_are_vectors_for);
	tcase_add_test(tc, queue_of_size_0_is_not_there);
	tcase_add_test(tc, notification_data_says_where_the_driver_goes_on);
	tcase_add_test(tc, registers_that_cannot_be_mapped_are_written_by_the_kernel);
	tcase_add_test(tc, notification_beyond_its_structure_is_an_error);
	tcase_add_test(tc, queue_is_stopped_by_its_reset);
	tcase_add_test(tc, queue_without_a_reset_is_left_alone);
	tcase_add_test(tc, what_happens_to_the_device_is_told);
	tcase_add_test(tc, request_to_a_lost_device_ends_the_session);
	tcase_add_test(tc, lost_device_is_reset_and_has_no_memory_any_more);
	tcase_add_test(tc, device_that_is_gone_is_left_at_once);
	tcase_add_test(tc, process_that_leaves_changes_nothing);
	tcase_add_test(tc, half_of_a_field_is_not_written);
	return unit_main(suite);
}
