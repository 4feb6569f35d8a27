/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <unistd.h>

#include "t/fake-backend/memory.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/vring.h"

static struct fake_queue *queue_of(struct fake *fake, const struct fake_message *msg,
				   uint64_t index)
{
	if (index < fake->opt.queues)
		return &fake->queues[index];
	fake_complain(fake, "%s for queue %llu, but there are %u queues",
		      fake_message_name(msg->request), (unsigned long long)index, fake->opt.queues);
	return NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int take_fd(struct fake_message *msg)
{
	int fd = msg->nfds ? msg->fds[0] : -1;

	if (msg->nfds)
		msg->fds[0] = -1;
	return fd;
}

unsigned int fake_started_queues(const struct fake *fake)
{
	unsigned int i, n = 0;

	for (i = 0; i < fake->opt.queues; i++)
		n += fake->queues[i].started;
	return n;
}

static void stop_queue(struct fake_queue *queue)
{
	if (queue->started)
		devring_fini(&queue->ring);
	queue->started = false;
	queue->busy = false;
	queue->polled = false;
	queue->held_up = false;
	close_fd(&queue->kick_fd);
}

void fake_reset_queues(struct fake *fake)
{
	unsigned int running = 0, stopped = 0, i;

	for (i = 0; i < fake->opt.queues; i++) {
		const struct fake_queue *queue = &fake->queues[i];

		running += queue->have_addresses && queue->enabled && !queue->stopped;
		stopped += queue->stopped;
	}
	/* After a fault, the driver may disconnect at any point. */
	if (running && stopped && !fake->faults)
		fake_complain(fake,
			      "VU-8: GET_VRING_BASE was sent for %u queues, but not for %u others",
			      stopped, running);
	for (i = 0; i < fake->opt.queues; i++) {
		struct fake_queue *queue = &fake->queues[i];

		/* Do not close file descriptor 0 of a queue that was never initialised. */
		if (queue->fake) {
			stop_queue(queue);
			close_fd(&queue->call_fd);
			close_fd(&queue->err_fd);
		}
		*queue = (struct fake_queue){
			.fake = fake,
			.index = i,
			.kick_fd = -1,
			.call_fd = -1,
			.err_fd = -1,
		};
	}
}

static void *translate_guest(void *ctx, uint64_t iova, uint32_t len)
{
	return fake_translate(ctx, iova, len, false);
}

uint64_t fake_set_vring_num(struct fake *fake, struct fake_message *msg)
{
	const struct wire_state *state = &msg->payload.state;
	struct fake_queue *queue = queue_of(fake, msg, state->index);

	fake_log(fake, "SET_VRING_NUM %u %u", state->index, state->num);
	if (!queue)
		return 1;
	if (queue->started)
		fake_complain(fake, "SET_VRING_NUM for queue %u, which is started", state->index);
	/* This breaks no rule, because vhost-user has no message to query the limit. */
	if (state->num > fake->opt.max_queue_size)
		return 1;
	if (!state->num ||
	    (state->num & (state->num - 1) && !fake_has(fake, VIRTIO_F_RING_PACKED))) {
		fake_complain(fake, "SET_VRING_NUM with an invalid size of %u", state->num);
		return 1;
	}
	queue->size = state->num;
	return 0;
}

uint64_t fake_set_vring_addr(struct fake *fake, struct fake_message *msg)
{
	const struct wire_vring_addr *addr = &msg->payload.addr;
	struct fake_queue *queue = queue_of(fake, msg, addr->index);
	const struct vring_used *used;

	fake_log(fake, "SET_VRING_ADDR %u", addr->index);
	if (!queue)
		return 1;
	if (queue->started)
		fake_complain(fake, "SET_VRING_ADDR for queue %u, which is started", addr->index);
	if (addr->flags)
		fake_complain(fake, "SET_VRING_ADDR with flags 0x%x", addr->flags);
	used = fake_translate(fake, addr->used, 4, true);
	if (!used || !fake_translate(fake, addr->desc, 16, true) ||
	    !fake_translate(fake, addr->avail, 4, true)) {
		fake_complain(fake, "SET_VRING_ADDR %u: addresses are not in shared memory",
			      addr->index);
		return 1;
	}
	queue->desc_address = addr->desc;
	queue->driver_address = addr->avail;
	queue->device_address = addr->used;
	queue->have_addresses = true;
	/* Some back-ends read the used index at this time, so the device area must be zero now. */
	queue->used_dirty = used->flags || used->idx;
	return 0;
}

uint64_t fake_set_vring_base(struct fake *fake, struct fake_message *msg)
{
	const struct wire_state *state = &msg->payload.state;
	struct fake_queue *queue = queue_of(fake, msg, state->index);
	uint32_t expected = fake_has(fake, VIRTIO_F_RING_PACKED) ? 0x80008000 : 0;

	fake_log(fake, "SET_VRING_BASE %u 0x%x", state->index, state->num);
	if (!queue)
		return 1;
	if (queue->started)
		fake_complain(fake, "SET_VRING_BASE for queue %u, which is started", state->index);
	if (state->num != expected)
		fake_complain(fake, "VU-12: SET_VRING_BASE 0x%x, but an empty ring has 0x%x",
			      state->num, expected);
	queue->base = state->num;
	queue->have_base = true;
	return 0;
}

uint64_t fake_get_vring_base(struct fake *fake, struct fake_message *msg)
{
	struct wire_state state = msg->payload.state;
	struct fake_queue *queue = queue_of(fake, msg, state.index);

	fake_log(fake, "GET_VRING_BASE %u", state.index);
	if (!queue)
		return 1;
	if (state.num)
		fake_complain(fake, "GET_VRING_BASE with num %u, not 0", state.num);
	state.num = queue->started ? devring_base(&queue->ring) : queue->base;
	queue->base = state.num;
	queue->stopped = queue->have_addresses;
	stop_queue(queue);
	fake_reply(fake, msg, &state, sizeof(state), -1);
	return 0;
}

uint64_t fake_set_vring_fd(struct fake *fake, struct fake_message *msg)
{
	const char *name = fake_message_name(msg->request);
	uint64_t index = msg->payload.u64 & 0xff, no_fd = msg->payload.u64 & 0x100;
	struct fake_queue *queue = queue_of(fake, msg, index);
	int *fd;

	fake_log(fake, "%s %llu%s", name, (unsigned long long)index, no_fd ? " none" : "");
	if (!queue)
		return 1;
	if (msg->payload.u64 >> 9)
		fake_complain(fake, "%s 0x%llx has unknown bits", name,
			      (unsigned long long)msg->payload.u64);
	if (msg->nfds != !no_fd) {
		fake_complain(fake, "%s 0x%llx with %u file descriptors", name,
			      (unsigned long long)msg->payload.u64, msg->nfds);
		return 1;
	}
	fd = msg->request == SET_VRING_KICK   ? &queue->kick_fd
	     : msg->request == SET_VRING_CALL ? &queue->call_fd
					      : &queue->err_fd;
	close_fd(fd);
	*fd = take_fd(msg);
	if (msg->request != SET_VRING_KICK)
		return 0;
	queue->polled = no_fd;
	if (fake->protocol_features & BIT(PROTOCOL_F_INFLIGHT_SHMFD) && !fake->inflight_set)
		fake_complain(fake, "VU-11: SET_VRING_KICK before SET_INFLIGHT_FD");
	/*
	 * A kick may be pending while the queue is not running. Keep the kick, but never block when
	 * reading.
	 */
	if (*fd >= 0)
		fcntl(*fd, F_SETFL, O_NONBLOCK);
	return 0;
}

uint64_t fake_set_vring_enable(struct fake *fake, struct fake_message *msg)
{
	const struct wire_state *state = &msg->payload.state;
	struct fake_queue *queue = queue_of(fake, msg, state->index);

	fake_log(fake, "SET_VRING_ENABLE %u %u", state->index, state->num);
	if (!queue || state->num > 1)
		return 1;
	queue->enabled = state->num;
	return 0;
}

bool fake_queue_kicked(struct fake_queue *queue)
{
	struct fake *fake = queue->fake;
	bool packed = fake_has(fake, VIRTIO_F_RING_PACKED);
	struct devring_config cfg = {
		.layout = packed ? DEVRING_PACKED : DEVRING_SPLIT,
		.size = queue->size,
		.event_idx = fake_has(fake, VIRTIO_RING_F_EVENT_IDX),
		.indirect = fake_has(fake, VIRTIO_RING_F_INDIRECT_DESC),
		.in_order = fake_has(fake, VIRTIO_F_IN_ORDER),
		.translate = translate_guest,
		.translate_ctx = fake,
	};
	const char *error = NULL;

	if (queue->started)
		return queue->enabled;
	if (!queue->enabled)
		error = "INIT-2: kick before the queue is enabled";
	else if (fake->protocol_features & BIT(PROTOCOL_F_STATUS) &&
		 !(fake->status & VIRTIO_CONFIG_S_DRIVER_OK))
		error = "INIT-2: kick before DRIVER_OK";
	else if (!queue->size || !queue->have_addresses || !queue->have_base)
		error = "kick before SET_VRING_NUM, SET_VRING_ADDR and SET_VRING_BASE";
	else if (queue->used_dirty)
		error = "VU-14: the device area was not zero at SET_VRING_ADDR";
	if (error) {
		fake_complain(fake, "%s (queue %u)", error, queue->index);
		fake->hang_up = true;
		return false;
	}

	cfg.desc = fake_translate(fake, queue->desc_address, 16ULL * queue->size, true);
	cfg.driver_area = fake_translate(fake, queue->driver_address,
					 packed ? 4 : 6 + 2ULL * queue->size, true);
	cfg.device_area = fake_translate(fake, queue->device_address,
					 packed ? 4 : 6 + 8ULL * queue->size, true);
	if (devring_init(&queue->ring, &cfg) || devring_set_base(&queue->ring, queue->base)) {
		fake_complain(fake, "%s (queue %u)", queue->ring.complaint, queue->index);
		devring_fini(&queue->ring);
		fake->hang_up = true;
		return false;
	}
	queue->started = true;
	queue->stopped = false;
	return true;
}
