/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of virtio and virtio-blk feature bits, and the user's options for a device. */
#ifndef VHOST_BLK_FEATURES_H
#define VHOST_BLK_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost/transport/error.h"
#include "vhost/transport/kinds.h"
#include "virtq/base.h"

/**
 * struct blk_dev_options - the user's options for a device
 * @require: feature bits that the device must offer
 * @forbid: feature bits that the driver must not accept
 * @transport: transport to use
 * @inflight: share an inflight region with the back-end, which records its outstanding requests
 *	there and can continue with them after a restart
 * @strict: treat deviations from the specification that do no harm as errors
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
