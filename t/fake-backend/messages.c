/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/fake-backend/fault.h"
#include "t/fake-backend/memory.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/vring.h"
#include "t/fake-backend/wire.h"

/* Conditions that must be met before a message is allowed. */
#define NEEDS_FEATURES	   1 /* SET_OWNER and SET_FEATURES have been sent */
#define NEEDS_PROTOCOL_BIT 2 /* VHOST_USER_F_PROTOCOL_FEATURES has been negotiated */

struct message_rules {
	const char *name;
	uint32_t payload_bytes; /* exact size, or minimum size if @longer */
	bool longer;
	bool has_reply;	      /* the message has a reply of its own and ignores NEED_REPLY */
	unsigned int needs;   /* what must have been sent or negotiated before: NEEDS_* bits */
	int protocol_feature; /* required protocol feature, -1 for none */
	/* Return 0, or 1 to refuse the message. */
	uint64_t (*handle)(struct fake *fake, struct fake_message *msg);
};

/* Features and status. */

static uint64_t get_features(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "GET_FEATURES");
	fake->features_queried = true;
	fake_reply_u64(fake, msg, fake->opt.features);
	return 0;
}

static uint64_t set_features(struct fake *fake, struct fake_message *msg)
{
	uint64_t features = msg->payload.u64, unknown = features & ~fake->opt.features;
	unsigned int i;

	fake_log(fake, "SET_FEATURES 0x%llx", (unsigned long long)features);
	if (!fake->features_queried)
		fake_complain(fake, "FEAT-1: SET_FEATURES before GET_FEATURES");
	if (fake_started_queues(fake))
		fake_complain(fake, "INIT-1: SET_FEATURES while queues are started");
	if (fake->status & VIRTIO_CONFIG_S_FEATURES_OK)
		fake_complain(fake, "INIT-1: SET_FEATURES after FEATURES_OK");
	if (unknown) {
		fake_complain(fake, "FEAT-1: features 0x%llx were not offered",
			      (unsigned long long)unknown);
		return 1;
	}
	if (features & BIT(VIRTIO_F_ACCESS_PLATFORM))
		fake_complain(fake, "FEAT-4: ACCESS_PLATFORM accepted");
	if (fake->opt.features & ~features & BIT(VIRTIO_F_VERSION_1))
		fake_complain(fake, "FEAT-3: VERSION_1 was offered and not accepted");
	fake->features = features;
	fake->features_set = true;
	for (i = 0; i < fake->opt.queues; i++)
		fake->queues[i].enabled |= !fake_has(fake, VHOST_USER_F_PROTOCOL_FEATURES);
	return 0;
}

static uint64_t get_protocol_features(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "GET_PROTOCOL_FEATURES");
	if (!fake->features_queried || !(fake->opt.features & BIT(VHOST_USER_F_PROTOCOL_FEATURES)))
		fake_complain(
			fake,
			"VU-3: GET_PROTOCOL_FEATURES, but GET_FEATURES has not offered VHOST_USER_F_PROTOCOL_FEATURES");
	fake->protocol_features_queried = true;
	fake_reply_u64(fake, msg, fake->opt.protocol_features);
	return 0;
}

static uint64_t set_protocol_features(struct fake *fake, struct fake_message *msg)
{
	uint64_t unknown = msg->payload.u64 & ~fake->opt.protocol_features;

	fake_log(fake, "SET_PROTOCOL_FEATURES 0x%llx", (unsigned long long)msg->payload.u64);
	if (!fake->protocol_features_queried)
		fake_complain(fake, "VU-3: SET_PROTOCOL_FEATURES before GET_PROTOCOL_FEATURES");
	if (unknown) {
		fake_complain(fake, "VU-3: protocol features 0x%llx were not offered",
			      (unsigned long long)unknown);
		return 1;
	}
	fake->protocol_features = msg->payload.u64;
	return 0;
}

static uint64_t set_owner(struct fake *fake, struct fake_message *msg)
{
	(void)msg;
	fake_log(fake, "SET_OWNER");
	if (fake->have_owner)
		fake_complain(fake, "SET_OWNER was sent twice");
	fake->have_owner = true;
	return 0;
}

static uint64_t get_queue_num(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "GET_QUEUE_NUM");
	fake_reply_u64(fake, msg, fake->opt.queues);
	return 0;
}

static uint64_t get_status(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "GET_STATUS");
	fake->features_ok_read |= fake->status & VIRTIO_CONFIG_S_FEATURES_OK;
	fake_reply_u64(fake, msg, fake->status);
	return 0;
}

static void reset_device(struct fake *fake)
{
	fake_reset_queues(fake);
	fake->status = 0;
	fake->features = 0;
	fake->features_set = false;
	fake->features_ok_read = false;
}

static uint64_t set_status(struct fake *fake, struct fake_message *msg)
{
	uint64_t status = msg->payload.u64, added = status & ~(uint64_t)fake->status;

	fake_log(fake, "SET_STATUS 0x%llx", (unsigned long long)status);
	if (!status) {
		/*
		 * The driver may reset the device while queues are running, but no queue continues
		 * to run after a reset. The driver sets up everything again, except the memory.
		 */
		reset_device(fake);
		return 0;
	}
	if (fake->status & ~status)
		fake_complain(fake, "INIT-1: status went from 0x%x to 0x%llx", fake->status,
			      (unsigned long long)status);
	if (added & VIRTIO_CONFIG_S_DRIVER && !(status & VIRTIO_CONFIG_S_ACKNOWLEDGE))
		fake_complain(fake, "INIT-1: DRIVER without ACKNOWLEDGE");
	if (added & VIRTIO_CONFIG_S_FEATURES_OK && !(status & VIRTIO_CONFIG_S_DRIVER))
		fake_complain(fake, "INIT-1: FEATURES_OK without DRIVER");
	if (added & VIRTIO_CONFIG_S_FEATURES_OK && !fake->features_set)
		fake_complain(fake, "INIT-1: FEATURES_OK before SET_FEATURES");
	if (added & VIRTIO_CONFIG_S_DRIVER_OK && !fake->features_ok_read)
		fake_complain(fake,
			      "INIT-1: DRIVER_OK, but the driver did not read FEATURES_OK back");
	fake->status = (uint8_t)status;
	return 0;
}

static uint64_t reset_device_message(struct fake *fake, struct fake_message *msg)
{
	(void)msg;
	fake_log(fake, "RESET_DEVICE");
	reset_device(fake);
	return 0;
}

/* Configuration space. */

static uint64_t get_config(struct fake *fake, struct fake_message *msg)
{
	uint8_t space[FAKE_MAX_CONFIG_BYTES] = { 0 };
	struct wire_config *config = &msg->payload.config;
	uint32_t limit = fake->opt.config_bytes, n = 0;

	fake_log(fake, "GET_CONFIG %u %u", config->offset, config->size);
	if (config->flags > 1)
		fake_complain(fake, "VU-9: GET_CONFIG with flags 0x%x", config->flags);
	if (config->size > WIRE_MAX_CONFIG || msg->size != WIRE_CONFIG_HEADER + config->size)
		fake_complain(fake, "VU-9: GET_CONFIG of %u bytes with a payload of %u bytes",
			      config->size, msg->size);
	if (fake_fault(fake, FAULT_NACK) ||
	    (fake->opt.config_exact && (config->size != limit || config->offset))) {
		fake_reply(fake, msg, NULL, 0, -1);
		return 0;
	}
	memcpy(space, &fake->config, sizeof(fake->config));
	if (config->offset < limit)
		n = limit - config->offset < config->size ? limit - config->offset : config->size;
	if (n)
		memcpy(config->bytes, space + config->offset, n);
	config->size = n;
	fake_reply(fake, msg, config, n ? WIRE_CONFIG_HEADER + n : 0, -1);
	return 0;
}

static uint64_t set_config(struct fake *fake, struct fake_message *msg)
{
	const struct wire_config *config = &msg->payload.config;

	fake_log(fake, "SET_CONFIG %u %u", config->offset, config->size);
	if (config->offset != offsetof(struct virtio_blk_config, wce) || config->size != 1 ||
	    config->flags || msg->size != WIRE_CONFIG_HEADER + 1 || config->bytes[0] > 1) {
		fake_complain(fake, "SET_CONFIG of a field or value other than writeback 0 or 1");
		return 1;
	}
	if (!fake_has(fake, VIRTIO_BLK_F_CONFIG_WCE)) {
		fake_complain(fake, "SET_CONFIG of writeback, but CONFIG_WCE was not negotiated");
		return 1;
	}
	fake->config.wce = config->bytes[0];
	return 0;
}

/* Inflight region: the back-end provides and accepts the region, but does not write to it. */

static uint64_t get_inflight_fd(struct fake *fake, struct fake_message *msg)
{
	struct wire_inflight *inflight = &msg->payload.inflight;
	uint64_t per_queue = (64 + 32ULL * inflight->queue_size + 63) & ~63ULL;
	int fd = memfd_create("fake-backend-inflight", MFD_CLOEXEC);

	fake_log(fake, "GET_INFLIGHT_FD %u %u", inflight->num_queues, inflight->queue_size);
	inflight->mmap_size = per_queue * inflight->num_queues;
	inflight->mmap_offset = 0;
	if (fd < 0 || ftruncate(fd, (off_t)inflight->mmap_size))
		fake->hang_up = true;
	else
		fake_reply(fake, msg, inflight, msg->size, fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

static uint64_t set_inflight_fd(struct fake *fake, struct fake_message *msg)
{
	const struct wire_inflight *inflight = &msg->payload.inflight;

	fake_log(fake, "SET_INFLIGHT_FD %u %u", inflight->num_queues, inflight->queue_size);
	if (msg->nfds != 1 || !inflight->mmap_size) {
		fake_complain(fake,
			      "VU-11: SET_INFLIGHT_FD with %u file descriptors and %llu bytes",
			      msg->nfds, (unsigned long long)inflight->mmap_size);
		return 1;
	}
	fake->inflight_set = true;
	return 0;
}

#define QUEUE NEEDS_FEATURES

static const struct message_rules messages[] = {
	[GET_FEATURES] = { "GET_FEATURES", 0, false, true, 0, -1, get_features },
	[SET_FEATURES] = { "SET_FEATURES", 8, false, false, 0, -1, set_features },
	[SET_OWNER] = { "SET_OWNER", 0, false, false, 0, -1, set_owner },
	[SET_MEM_TABLE] = { "SET_MEM_TABLE", 8, true, false, 0, -1, fake_set_mem_table },
	[SET_VRING_NUM] = { "SET_VRING_NUM", 8, false, false, QUEUE, -1, fake_set_vring_num },
	[SET_VRING_ADDR] = { "SET_VRING_ADDR", 40, false, false, QUEUE, -1, fake_set_vring_addr },
	[SET_VRING_BASE] = { "SET_VRING_BASE", 8, false, false, QUEUE, -1, fake_set_vring_base },
	[GET_VRING_BASE] = { "GET_VRING_BASE", 8, false, true, QUEUE, -1, fake_get_vring_base },
	[SET_VRING_KICK] = { "SET_VRING_KICK", 8, false, false, QUEUE, -1, fake_set_vring_fd },
	[SET_VRING_CALL] = { "SET_VRING_CALL", 8, false, false, 0, -1, fake_set_vring_fd },
	[SET_VRING_ERR] = { "SET_VRING_ERR", 8, false, false, 0, -1, fake_set_vring_fd },
	[GET_PROTOCOL_FEATURES] = { "GET_PROTOCOL_FEATURES", 0, false, true, 0, -1,
				    get_protocol_features },
	[SET_PROTOCOL_FEATURES] = { "SET_PROTOCOL_FEATURES", 8, false, false, 0, -1,
				    set_protocol_features },
	[GET_QUEUE_NUM] = { "GET_QUEUE_NUM", 0, false, true, 0, PROTOCOL_F_MQ, get_queue_num },
	[SET_VRING_ENABLE] = { "SET_VRING_ENABLE", 8, false, false, QUEUE | NEEDS_PROTOCOL_BIT, -1,
			       fake_set_vring_enable },
	[GET_CONFIG] = { "GET_CONFIG", WIRE_CONFIG_HEADER, true, true, 0, PROTOCOL_F_CONFIG,
			 get_config },
	[SET_CONFIG] = { "SET_CONFIG", WIRE_CONFIG_HEADER, true, false, 0, PROTOCOL_F_CONFIG,
			 set_config },
	[GET_INFLIGHT_FD] = { "GET_INFLIGHT_FD", 20, true, true, QUEUE, PROTOCOL_F_INFLIGHT_SHMFD,
			      get_inflight_fd },
	[SET_INFLIGHT_FD] = { "SET_INFLIGHT_FD", 20, true, false, QUEUE, PROTOCOL_F_INFLIGHT_SHMFD,
			      set_inflight_fd },
	[RESET_DEVICE] = { "RESET_DEVICE", 0, false, false, 0, PROTOCOL_F_RESET_DEVICE,
			   reset_device_message },
	[GET_MAX_MEM_SLOTS] = { "GET_MAX_MEM_SLOTS", 0, false, true, 0,
				PROTOCOL_F_CONFIGURE_MEM_SLOTS, fake_get_max_mem_slots },
	[ADD_MEM_REG] = { "ADD_MEM_REG", 40, false, false, 0, PROTOCOL_F_CONFIGURE_MEM_SLOTS,
			  fake_add_mem_reg },
	[REM_MEM_REG] = { "REM_MEM_REG", 40, false, false, 0, PROTOCOL_F_CONFIGURE_MEM_SLOTS,
			  fake_rem_mem_reg },
	[SET_STATUS] = { "SET_STATUS", 8, false, false, 0, PROTOCOL_F_STATUS, set_status },
	[GET_STATUS] = { "GET_STATUS", 0, false, true, 0, PROTOCOL_F_STATUS, get_status },
};

static const struct message_rules *message_of(uint32_t request)
{
	if (request >= sizeof(messages) / sizeof(messages[0]) || !messages[request].name)
		return NULL;
	return &messages[request];
}

const char *fake_message_name(uint32_t request)
{
	const struct message_rules *m = message_of(request);

	return m ? m->name : "UNKNOWN";
}

uint32_t fake_message_number(const char *name)
{
	uint32_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].name && !strcmp(messages[i].name, name))
			return i;
	return 0;
}

static bool takes_fds(uint32_t request)
{
	return request == SET_MEM_TABLE || request == ADD_MEM_REG || request == SET_VRING_KICK ||
	       request == SET_VRING_CALL || request == SET_VRING_ERR || request == SET_INFLIGHT_FD;
}

/*
 * Check what does not depend on the contents of the message. Return true if the message can be
 * handled.
 */
static bool check(struct fake *fake, const struct fake_message *msg, const struct message_rules *m)
{
	uint64_t protocol_features = fake->protocol_features;

	if ((msg->flags & WIRE_VERSION_MASK) != WIRE_VERSION ||
	    msg->flags & ~(WIRE_VERSION_MASK | WIRE_NEED_REPLY)) {
		fake_complain(fake, "VU-1: %s with invalid flags 0x%x", m->name, msg->flags);
		return false;
	}
	if (msg->flags & WIRE_NEED_REPLY && !(protocol_features & BIT(PROTOCOL_F_REPLY_ACK)))
		fake_complain(fake, "VU-4: %s with NEED_REPLY, but REPLY_ACK was not negotiated",
			      m->name);
	if (msg->size < m->payload_bytes || (!m->longer && msg->size != m->payload_bytes)) {
		fake_complain(fake, "VU-1: %s with a payload of %u bytes, not %u", m->name,
			      msg->size, m->payload_bytes);
		return false;
	}
	if (msg->nfds && !takes_fds(msg->request))
		fake_complain(fake, "%s with %u unexpected file descriptors", m->name, msg->nfds);
	/*
	 * According to the specification, GET_QUEUE_NUM only requires that its protocol feature is
	 * offered.
	 */
	if (msg->request == GET_QUEUE_NUM && fake->protocol_features_queried)
		protocol_features |= fake->opt.protocol_features;
	if (m->protocol_feature >= 0 && !(protocol_features & BIT(m->protocol_feature))) {
		fake_complain(fake, "VU-3: %s, but its protocol feature was not negotiated",
			      m->name);
		return false;
	}
	if (m->needs & NEEDS_FEATURES && !(fake->have_owner && fake->features_set))
		fake_complain(fake, "INIT-1: %s before SET_OWNER and SET_FEATURES", m->name);
	if (m->needs & NEEDS_PROTOCOL_BIT && !fake_has(fake, VHOST_USER_F_PROTOCOL_FEATURES))
		fake_complain(fake,
			      "VU-6: %s, but VHOST_USER_F_PROTOCOL_FEATURES was not negotiated",
			      m->name);
	return true;
}

static void dispatch(struct fake *fake, struct fake_message *msg)
{
	const struct message_rules *m = message_of(msg->request);
	bool ack = msg->flags & WIRE_NEED_REPLY;
	uint64_t result = 1;

	if (!m) {
		fake_complain(fake, "VU-3: message %u is unknown", msg->request);
		fake->hang_up = true;
		return;
	}
	fake_fault_hear(fake, msg->request, m->has_reply || ack);
	if (fake_fault(fake, FAULT_STALL)) {
		fake_log(fake, "%s", m->name);
		fake->stalled = true;
		return;
	}
	if (fake_fault(fake, FAULT_CLOSE)) {
		fake_log(fake, "%s", m->name);
		fake->hang_up = true;
		return;
	}
	if (check(fake, msg, m)) {
		result = m->handle(fake, msg);
		if (!m->has_reply && fake_fault(fake, FAULT_NACK))
			result = 1;
	} else {
		fake_log(fake, "%s", m->name);
	}
	if (ack && !m->has_reply)
		fake_reply_u64(fake, msg, result);
	else if (result)
		fake->hang_up = true;
	if (fake_fault(fake, FAULT_UNASKED_REPLY))
		fake_unasked_reply(fake);
}

bool fake_message_handle(struct fake *fake)
{
	struct fake_message msg;
	unsigned int i;
	bool ok;

	ok = fake_receive(fake, &msg);
	if (ok)
		dispatch(fake, &msg);
	for (i = 0; i < msg.nfds; i++)
		if (msg.fds[i] >= 0)
			close(msg.fds[i]);
	return ok;
}

void fake_reset_connection(struct fake *fake)
{
	reset_device(fake);
	fake_forget_memory(fake);
	fake->stalled = false;
	fake->hang_up = false;
	fake->have_owner = false;
	fake->features_queried = false;
	fake->protocol_features_queried = false;
	fake->protocol_features = 0;
	fake->inflight_set = false;
}
