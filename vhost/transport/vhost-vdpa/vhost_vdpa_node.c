// SPDX-License-Identifier: GPL-2.0-only
/* The device node of a vhost-vdpa device: how to recognise and open it, and detect its removal. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vhost/transport/vhost-vdpa/vhost_vdpa.h"

/* ENOTSUPP, an internal error code of the kernel that the C library does not define. */
#define ENOTSUPP_KERNEL 524

/* Interval and number of the checks whether a device is being removed. */
#define STEP_MS 2
#define STEPS	50

/* Write the path of the sysfs link for a device node to @link. */
static void sysfs_link(char *link, size_t bytes, const struct stat *st)
{
	snprintf(link, bytes, "/sys/dev/char/%u:%u", major(st->st_rdev), minor(st->st_rdev));
}

/**
 * vhost_vdpa_node_matches - return true if a file is the device node of a vhost-vdpa device
 * @path: path of the file
 * @st: result of stat(), NULL = the file does not exist
 *
 * Looks up the device number in sysfs, because the name of the file may be arbitrary.
 */
bool vhost_vdpa_node_matches(const char *path, const struct stat *st)
{
	char link[64], target[PATH_MAX];
	const char *name;
	ssize_t n;

	if (!st || !S_ISCHR(st->st_mode))
		return false;
	sysfs_link(link, sizeof(link), st);
	n = readlink(link, target, sizeof(target) - 1);
	/* There is no sysfs, or the device of the node is gone: use the name of the file. */
	if (n < 0)
		n = snprintf(target, sizeof(target), "%s", path);
	target[n < (ssize_t)sizeof(target) ? n : (ssize_t)sizeof(target) - 1] = 0;
	name = strrchr(target, '/');
	return !strncmp(name ? name + 1 : target, "vhost-vdpa-", strlen("vhost-vdpa-"));
}

static int cannot_open(struct transport *t, int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
		return error_set(
			&t->error, -err,
			"cannot open: %s; the user needs permission to read and write the device node",
			strerror(err));
	case EBUSY:
		return error_set(
			&t->error, -err,
			"cannot open: another process uses the device, and a vhost-vdpa device can be used by only one process at a time");
	case ENOTSUPP_KERNEL:
		return error_set(
			&t->error, -ENOTSUP,
			"cannot open: the device has no IOMMU, or its IOMMU is not cache-coherent (enable the IOMMU on the kernel command line, for example with intel_iommu=on)");
	case ENXIO:
	case ENODEV:
		return error_set(&t->error, -err,
				 "cannot open: the device of this node does not exist any more");
	default:
		return error_set(&t->error, -err, "cannot open: %s", strerror(err));
	}
}

/**
 * vhost_vdpa_node_open - open the device
 * @t: transport with @path set; @fd of its struct vhost_vdpa is set
 *
 * Returns 0, or a negative errno with a description in @t->error.
 */
int vhost_vdpa_node_open(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);

	vdpa->fd = open(t->path, O_RDWR | O_CLOEXEC);
	return vdpa->fd < 0 ? cannot_open(t, errno) : 0;
}

/**
 * vhost_vdpa_node_watch - watch for the removal of an open device
 * @path: path of the device node
 *
 * The kernel does not notify users of a removal: it waits until the device is closed, and the
 * device works until then. However, the kernel removes the device node first, so watch the node. If
 * the node cannot be watched, the removal is delayed until the end of the run. Returns a file
 * descriptor that becomes readable when the node has changed, or -1.
 */
int vhost_vdpa_node_watch(const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, path, IN_ATTRIB) >= 0)
		return fd;
	close(fd);
	return -1;
}

/**
 * vhost_vdpa_node_gone - return true if the device is being removed
 * @t: transport, open
 *
 * The removal of the device node does not prove that the device is being removed, because a user
 * can also remove the node. Therefore also check that the device disappears from sysfs.
 */
bool vhost_vdpa_node_gone(struct transport *t)
{
	unsigned int steps = STEPS;
	struct stat st;
	char link[64];

	if (fstat(vhost_vdpa_state(t)->fd, &st) || st.st_nlink)
		return false;
	/* The kernel removes the sysfs link shortly after the device node. */
	sysfs_link(link, sizeof(link), &st);
	while (!access(link, F_OK)) {
		if (!steps--)
			return false;
		poll(NULL, 0, STEP_MS);
	}
	return true;
}
