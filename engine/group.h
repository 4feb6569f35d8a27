/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting up a group of devices, which share an arena. */
#ifndef ENGINE_GROUP_H
#define ENGINE_GROUP_H

struct arena_group;

void group_start(struct arena_group *group);

#endif
