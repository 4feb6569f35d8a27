/* SPDX-License-Identifier: GPL-2.0-only */
/* Feature bits of virtio and virtio-blk by their specification names, and what a user wants of
 * them. */
#ifndef VHOST_BLK_FEATURES_H
#define VHOST_BLK_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"
#include "vhost/transport/kinds.h"
#include "virtq/base.h"

/**
 * struct blk_dev_options - what the user said about a device
 * @require: bits that must be offered
 * @forbid: bits not to accept
 * @transport: the transport it has to be reached by
 * @inflight: the back-end is to note its requests in a region that survives it
 * @strict: what the device does against the specification is an error, also where it does no harm
 */
struct blk_dev_options {
	uint64_t require;
	uint64_t forbid;
	enum transport_kind transport;
	bool inflight;
	bool strict;
};

const char *feature_name(unsigned int bit);
int features_parse(struct blk_dev_options *options, const char *text, struct error *error);
void feature_list(uint64_t features, char *text, size_t bytes);

#endif
