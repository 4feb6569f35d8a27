/* SPDX-License-Identifier: GPL-2.0-only */
/* Private state of the vhost-vdpa transport. */
#ifndef VHOST_TRANSPORT_VHOST_VDPA_VHOST_VDPA_H
#define VHOST_TRANSPORT_VHOST_VDPA_VHOST_VDPA_H

#include <stdbool.h>

#include "vhost/transport/transport.h"

/**
 * struct vhost_vdpa - private state of a vhost-vdpa transport
 * @fd: file descriptor of the device node
 * @config_fd: eventfd for configuration change notifications
 * @node_fd: inotify descriptor that reports the removal of the device node, -1 = not watched
 * @range: range of I/O virtual addresses that the device can use
 * @batch: send changes of mappings in batches (VHOST_BACKEND_F_IOTLB_BATCH)
 * @mapped: the arena is mapped for the device
 */
struct vhost_vdpa {
	int fd;
	int config_fd;
	int node_fd;
	struct iova_range range;
	bool batch;
	bool mapped;
};

static inline struct vhost_vdpa *vhost_vdpa_state(struct transport *t)
{
	return (void *)t->state;
}

bool vhost_vdpa_node_matches(const char *path, const struct stat *st);
int vhost_vdpa_node_open(struct transport *t);
int vhost_vdpa_node_watch(const char *path);
bool vhost_vdpa_node_gone(struct transport *t);
void vhost_vdpa_read_range(struct transport *t);
const struct iova_range *vhost_vdpa_ranges(const struct transport *t, size_t *count);
int vhost_vdpa_map(struct transport *t, const struct arena *arena);
int vhost_vdpa_unmap(struct transport *t);

#endif
