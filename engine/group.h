/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting up the devices that share memory. */
#ifndef ENGINE_GROUP_H
#define ENGINE_GROUP_H

struct arena_group;

void group_start(struct arena_group *group);

#endif
