/* SPDX-License-Identifier: GPL-2.0-only */
/* The bits of the vhost-user protocol by their names in its document. */
#ifndef VHOST_INFO_PROTOCOL_FEATURES_H
#define VHOST_INFO_PROTOCOL_FEATURES_H

const char *protocol_feature_name(unsigned int bit);

#endif
