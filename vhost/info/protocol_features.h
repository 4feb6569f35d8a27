/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of vhost-user protocol feature bits. */
#ifndef VHOST_INFO_PROTOCOL_FEATURES_H
#define VHOST_INFO_PROTOCOL_FEATURES_H

const char *protocol_feature_name(unsigned int bit);

#endif
