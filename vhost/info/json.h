/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that build the JSON tree of facts. If memory runs out, they print a message and exit.
 */
#ifndef VHOST_INFO_JSON_H
#define VHOST_INFO_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

void info_put(json_t *object, const char *key, json_t *value);
void info_append(json_t *array, json_t *value);
json_t *info_number(uint64_t value);
json_t *info_bytes(const void *bytes, size_t max);

#endif
