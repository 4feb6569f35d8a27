/* SPDX-License-Identifier: GPL-2.0-only */
/* Text output of the tree of facts. */
#ifndef VHOST_INFO_PRINT_H
#define VHOST_INFO_PRINT_H

#include <stdio.h>

#include <jansson.h>

void info_print(const json_t *facts, FILE *to);

#endif
