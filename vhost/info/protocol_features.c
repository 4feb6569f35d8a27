// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "vhost/info/protocol_features.h"
#include "virtq/base.h"

/* Names of protocol feature bits in the vhost-user specification, section "Protocol features", in
 * lower case and without their prefix. */
static const char *const names[] = {
	[0] = "mq",
	[1] = "log_shmfd",
	[2] = "rarp",
	[3] = "reply_ack",
	[4] = "mtu",
	[5] = "backend_req",
	[6] = "cross_endian",
	[7] = "crypto_session",
	[8] = "pagefault",
	[9] = "config",
	[10] = "backend_send_fd",
	[11] = "host_notifier",
	[12] = "inflight_shmfd",
	[13] = "reset_device",
	[14] = "inband_notifications",
	[15] = "configure_mem_slots",
	[16] = "status",
	[17] = "xen_mmap",
	[18] = "shared_object",
	[19] = "device_state",
	[20] = "get_vring_base_inflight",
	[21] = "gpa_addresses",
	[22] = "shmem",
};

/**
 * protocol_feature_name - get the name of a vhost-user protocol feature bit
 * @bit: number of the bit
 *
 * Returns NULL if this driver does not know the bit.
 */
const char *protocol_feature_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}
