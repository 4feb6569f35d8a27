// SPDX-License-Identifier: GPL-2.0-only
/* The node of a vhost-vdpa device: what stands behind it, and when that goes away. */
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

/* An error of the kernel's own, that the C library has no name for. */
#define ENOTSUPP_KERNEL 524

/* Time between two looks at a device that may be about to go, and how many there are. */
#define STEP_MS 2
#define STEPS	50

/* Where the kernel says what a device node stands for. */
static void sysfs_link(char *link, size_t bytes, const struct stat *st)
{
	snprintf(link, bytes, "/sys/dev/char/%u:%u", major(st->st_rdev), minor(st->st_rdev));
}

/**
 * vhost_vdpa_node_matches - is this the node of such a device?
 * @path: file
 * @st: what stat() said of it, NULL = there is none
 *
 * By what the kernel says of the node, not by its name, which could be anything's.
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
	/* Without sysfs, or for a node whose device is gone. */
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
			"cannot open: %s; this user needs to read and write the device node",
			strerror(err));
	case EBUSY:
		return error_set(
			&t->error, -err,
			"cannot open: another process is using it, and a vhost-vdpa device is for one at a time");
	case ENOTSUPP_KERNEL:
		return error_set(
			&t->error, -ENOTSUP,
			"cannot open: no IOMMU stands between the device and memory, or not one that keeps the CPU's caches coherent (a kernel with intel_iommu=on or the like is needed)");
	case ENXIO:
	case ENODEV:
		return error_set(&t->error, -err,
				 "cannot open: there is no device behind this node any more");
	default:
		return error_set(&t->error, -err, "cannot open: %s", strerror(err));
	}
}

/**
 * vhost_vdpa_node_open - open the device
 * @t: transport, @path set; struct vhost_vdpa's @fd becomes it
 *
 * Returns 0, or a negative errno with a sentence in @t->error.
 */
int vhost_vdpa_node_open(struct transport *t)
{
	struct vhost_vdpa *vdpa = vhost_vdpa_state(t);

	vdpa->fd = open(t->path, O_RDWR | O_CLOEXEC);
	return vdpa->fd < 0 ? cannot_open(t, errno) : 0;
}

/**
 * vhost_vdpa_node_watch - notice the removal of an open device
 * @path: its node
 *
 * Nobody is told of a removal: it waits until nobody has the device open, and meanwhile all goes
 * on. But the first thing that goes is the node. Where that cannot be watched, a removal waits for
 * the end of the run. Returns a descriptor that is readable when something has become of the node;
 * or -1.
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
 * vhost_vdpa_node_gone - is the device about to be removed?
 * @t: transport, open
 *
 * Somebody may have changed the node, or taken it away, while the device is as it was.
 */
bool vhost_vdpa_node_gone(struct transport *t)
{
	unsigned int steps = STEPS;
	struct stat st;
	char link[64];

	if (fstat(vhost_vdpa_state(t)->fd, &st) || st.st_nlink)
		return false;
	/* The kernel's own record goes right after the node. */
	sysfs_link(link, sizeof(link), &st);
	while (!access(link, F_OK)) {
		if (!steps--)
			return false;
		poll(NULL, 0, STEP_MS);
	}
	return true;
}
