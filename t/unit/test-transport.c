// SPDX-License-Identifier: GPL-2.0-only
/* Selection of the transport by the type of the file, and notification of devices. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "t/unit/unit.h"
#include "vhost/transport/transport.h"

static struct transport t;
static char dir[64], name[128];

static void setup(void)
{
	strcpy(dir, "/tmp/test-transport-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/file", dir);
}

static void teardown(void)
{
	unlink(name);
	rmdir(dir);
}

static void listen_there(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, name, strlen(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
}

static void refuses(const char *path, enum transport_kind wanted, int err, const char *sentence)
{
	int ret = transport_find(&t, path, wanted);

	ck_assert_int_eq(ret, err);
	ck_assert_ptr_null(t.ops);
	ck_assert_msg(strstr(t.error.text, sentence) != NULL, "'%s'", t.error.text);
}

START_TEST(a_socket_is_vhost_user)
{
	listen_there();
	ck_assert_int_eq(transport_find(&t, name, TRANSPORT_ANY), 0);
	ck_assert_str_eq(t.name, "vhost-user");
	ck_assert_int_eq(transport_find(&t, name, TRANSPORT_VHOST_USER), 0);
	ck_assert_ptr_eq(t.path, name);
}
END_TEST

START_TEST(another_kind_than_was_asked_for_is_named)
{
	listen_there();
	refuses(name, TRANSPORT_VHOST_VDPA, -ENODEV,
		"is a vhost-user socket, not a vhost-vdpa device (vblk_transport)");
}
END_TEST

START_TEST(files_that_are_no_device_are_told_by_type)
{
	refuses(name, TRANSPORT_ANY, -ENOENT, "No such file");
	ck_assert_ptr_nonnull(strstr(t.error.text, "a vhost-user socket"));
	ck_assert_ptr_nonnull(strstr(t.error.text, "a vhost-vdpa device"));
	refuses(name, TRANSPORT_VHOST_VDPA, -ENOENT, "; filename= must name a vhost-vdpa device");
	close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	refuses(name, TRANSPORT_ANY, -ENODEV, "is a regular file, not a vhost-user socket");
	ck_assert_ptr_nonnull(strstr(t.error.text, "a vhost-vdpa device"));
	refuses(name, TRANSPORT_VHOST_USER, -ENODEV, "is a regular file, not a vhost-user socket");
	ck_assert_ptr_null(strstr(t.error.text, "vdpa"));
	refuses(dir, TRANSPORT_ANY, -ENODEV, "is a directory, not ");
	refuses("/dev/null", TRANSPORT_VHOST_VDPA, -ENODEV,
		"is a character device, not a vhost-vdpa device");
}
END_TEST

START_TEST(what_a_character_device_is_its_name_does_not_decide)
{
	char link[160];

	snprintf(link, sizeof(link), "%s/vhost-vdpa-0", dir);
	ck_assert_int_eq(symlink("/dev/null", link), 0);
	refuses(link, TRANSPORT_ANY, -ENODEV, "is a character device");
	unlink(link);
}
END_TEST

START_TEST(an_address_is_a_pci_function)
{
	ck_assert_int_eq(transport_find(&t, "0000:ff:1f.7", TRANSPORT_ANY), 0);
	ck_assert_str_eq(t.name, "vfio-pci");
	ck_assert_int_eq(transport_find(&t, "ff:1f.7", TRANSPORT_VFIO_PCI), 0);
	refuses("0000:ff:1f.7", TRANSPORT_VHOST_USER, -ENODEV,
		"not a vhost-user socket (vblk_transport)");
	refuses("0000:ff:1f.8", TRANSPORT_ANY, -ENOENT, "a PCI function of vfio-pci");
}
END_TEST

START_TEST(address_that_lost_its_colons_is_recognised)
{
	static const char hint[] = "; write a PCI address as 0000\\:01\\:00.0";

	refuses("0000", TRANSPORT_ANY, -ENOENT, hint);
	refuses("00.0", TRANSPORT_ANY, -ENOENT, hint);
	refuses("/no/such/file", TRANSPORT_ANY, -ENOENT, "; filename= must name ");
	ck_assert_ptr_null(strstr(t.error.text, "PCI address"));
	refuses("", TRANSPORT_ANY, -ENOENT, "; filename= must name ");
	ck_assert_ptr_null(strstr(t.error.text, "PCI address"));
}
END_TEST

START_TEST(a_directory_named_by_an_address_is_a_pci_function)
{
	char real[PATH_MAX];

	snprintf(name, sizeof(name), "%s/0000:ff:1f.7", dir);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_eq(transport_find(&t, name, TRANSPORT_ANY), 0);
	ck_assert_str_eq(t.name, "vfio-pci");
	ck_assert(transport_real(name, real));
	ck_assert_str_eq(real, "0000:ff:1f.7");
	rmdir(name);
}
END_TEST

START_TEST(one_device_has_one_name)
{
	char real[PATH_MAX], link[160];

	ck_assert(transport_real("FF:1f.7", real));
	ck_assert_str_eq(real, "0000:ff:1f.7");
	listen_there();
	snprintf(link, sizeof(link), "%s/link", dir);
	ck_assert_int_eq(symlink("file", link), 0);
	ck_assert(transport_real(link, real));
	ck_assert_str_eq(real, name);
	unlink(link);
	ck_assert(!transport_real("/no/such/file", real));
	ck_assert_str_eq(real, "/no/such/file");
}
END_TEST

START_TEST(what_is_not_there_is_nothing_to_close)
{
	refuses(name, TRANSPORT_ANY, -ENOENT, "");
	transport_close(&t);
	transport_after_fork(&t);
	for (size_t i = 0; i < TRANSPORT_EVENTS; i++)
		ck_assert_int_eq(t.event_fd[i], -1);
}
END_TEST

/* A fake transport that keeps a number after its connection is closed. */
static unsigned int closed, forgotten;

static int keep_open(struct transport *k)
{
	*(int *)(void *)k->state = 0;
	k->event_fd[0] = 7;
	return 0;
}

static void keep_close(struct transport *k)
{
	(void)k;
	closed++;
}

static void keep_inherit(struct transport *k, const struct transport *before)
{
	memcpy(k->state, before->state, sizeof(int));
}

static void keep_forget(struct transport *k)
{
	(void)k;
	forgotten++;
}

static const struct transport_ops keeping = {
	.open = keep_open, .close = keep_close, .inherit = keep_inherit, .forget = keep_forget
};
static const struct transport_ops forgetful = { .open = keep_open, .close = keep_close };

START_TEST(what_outlives_a_connection_is_inherited_and_forgotten_once)
{
	struct transport second = { .ops = &keeping };

	t = (struct transport){ .ops = &keeping };
	ck_assert_int_eq(transport_open(&t, 1000), 0);
	*(int *)(void *)t.state = 42;
	transport_close(&t);
	ck_assert_int_eq(transport_open(&second, 1000), 0);
	transport_inherit(&second, &t);
	ck_assert_int_eq(*(int *)(void *)second.state, 42);
	transport_move(&t, &second);
	transport_close(&second);
	transport_forget(&second);
	ck_assert_uint_eq(closed, 1);
	ck_assert_uint_eq(forgotten, 0);
	ck_assert_int_eq(second.event_fd[0], -1);

	ck_assert_int_eq(*(int *)(void *)t.state, 42);
	ck_assert_int_eq(t.event_fd[0], 7);
	transport_close(&t);
	ck_assert_uint_eq(closed, 2);
	transport_forget(&t);
	transport_forget(&t);
	ck_assert_uint_eq(forgotten, 1);
}
END_TEST

START_TEST(nothing_is_inherited_from_another_kind)
{
	struct transport second = { .ops = &keeping };

	transport_forget(&t);
	t = (struct transport){ .ops = &forgetful };
	ck_assert_int_eq(transport_open(&t, 1000), 0);
	*(int *)(void *)t.state = 42;
	transport_close(&t);
	transport_forget(&t);
	ck_assert_int_eq(transport_open(&second, 1000), 0);
	transport_inherit(&second, &t);
	ck_assert_int_eq(*(int *)(void *)second.state, 0);
}
END_TEST

START_TEST(notifies_by_eventfd)
{
	struct transport_kick kick = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .index = 3 };
	uint64_t count = 0;

	ck_assert(transport_kick(&kick, 7));
	ck_assert(transport_kick(&kick, 8));
	ck_assert_int_eq(read(kick.fd, &count, sizeof(count)), sizeof(count));
	ck_assert_uint_eq(count, 2);
	close(kick.fd);
	ck_assert(!transport_kick(&kick, 9));
}
END_TEST

START_TEST(notifies_by_register)
{
	uint32_t reg = 0xffffffff;
	struct transport_kick kick = { .fd = -1, .reg = &reg, .index = 3 };
	unsigned char bytes[4];

	ck_assert(transport_kick(&kick, 0x8123));
	memcpy(bytes, &reg, sizeof(bytes));
	ck_assert(bytes[0] == 3 && bytes[1] == 0 && bytes[2] == 0xff && bytes[3] == 0xff);
	/*
	 * The queue index in the low bits, the ring position and wrap counter above (VIRTIO 1.3,
	 * 4.1.5.2).
	 */
	kick.data = true;
	ck_assert(transport_kick(&kick, 0x8123));
	ck_assert_uint_eq(le32toh(reg), 0x81230003);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("transport");
	TCase *tc = unit_tcase(suite, "transport", setup, teardown);

	tcase_add_test(tc, a_socket_is_vhost_user);
	tcase_add_test(tc, another_kind_than_was_asked_for_is_named);
	tcase_add_test(tc, files_that_are_no_device_are_told_by_type);
	tcase_add_test(tc, what_a_character_device_is_its_name_does_not_decide);
	tcase_add_test(tc, an_address_is_a_pci_function);
	tcase_add_test(tc, address_that_lost_its_colons_is_recognised);
	tcase_add_test(tc, a_directory_named_by_an_address_is_a_pci_function);
	tcase_add_test(tc, one_device_has_one_name);
	tcase_add_test(tc, what_is_not_there_is_nothing_to_close);
	tcase_add_test(tc, what_outlives_a_connection_is_inherited_and_forgotten_once);
	tcase_add_test(tc, nothing_is_inherited_from_another_kind);
	tcase_add_test(tc, notifies_by_eventfd);
	tcase_add_test(tc, notifies_by_register);
	return unit_main(suite);
}
