/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of a transport: a way to reach a virtio device.
 *
 * Each kind of transport is one struct transport_ops, listed in kinds.h. Its functions return 0 or
 * a negative errno, and describe a failure in one sentence in @error of struct transport. Each wait
 * in these functions has a time limit. None of them except open() allocates memory, because the
 * keeper thread calls them while its process forks jobs.
 *
 * One process sets up the device. The processes that it forks inherit the queues, the memory and
 * what they need to notify the device. They use nothing else of the transport.
 */
#ifndef VHOST_TRANSPORT_TRANSPORT_H
#define VHOST_TRANSPORT_TRANSPORT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "vhost/transport/arena.h"
#include "vhost/transport/error.h"
#include "vhost/transport/iova.h"
#include "vhost/transport/kinds.h"

/* Maximum number of file descriptors of a device that must be polled for events. */
#define TRANSPORT_EVENTS 3

/* Size of the private state of a transport. */
#define TRANSPORT_STATE_BYTES 256

struct transport_ops;

/**
 * struct transport_kick - how to send the available buffer notification of a queue
 * @fd: eventfd to signal, or -1 to write to @reg instead
 * @reg: notification register, mapped in this process and in the processes that it forks
 * @index: number of the queue
 * @data: VIRTIO_F_NOTIFICATION_DATA was accepted: write 32 bits to @reg instead of 16
 */
struct transport_kick {
	int fd;
	volatile void *reg;
	uint16_t index;
	bool data;
};

/**
 * struct transport_queue - description of a queue for the device
 * @size: number of ring entries
 * @base: ring position at which the device starts, from virtq_base()
 * @addr: addresses of the descriptor area, driver area and device area, inside the arena
 * @kick_fd: eventfd for available buffer notifications, if the transport uses one
 * @call_fd: eventfd for used buffer notifications
 * @kick: how to notify the device, set by the operation @start
 */
struct transport_queue {
	uint32_t size;
	uint32_t base;
	struct {
		const void *desc;
		const void *driver;
		const void *device;
	} addr;
	int kick_fd;
	int call_fd;
	struct transport_kick kick;
};

/**
 * struct transport - a connection to one device
 * @ops: kind of the transport; NULL = not connected
 * @kept: kind of the transport whose state in @state outlives the connection, so that
 *	  transport_forget() can release it; NULL = there is no such state
 * @name: name of the kind, as in the option vblk_transport=
 * @path: name of the device, as the user wrote it
 * @timeout_ms: longest wait for an answer from the device, in milliseconds
 * @strict: treat harmless deviations of the device as errors (struct blk_dev_options)
 * @config_width: return the width in bytes (1, 2 or 4) of the configuration field at an offset.
 *		  Set by the user of the transport, because the fields depend on the device type;
 *		  needed by transports that must access each field with its own width
 * @base: address of the arena in this process, once the arena is mapped
 * @bytes: length of the arena
 * @iova: I/O virtual address of the arena
 * @event_fd: file descriptors to poll; call the operation @poll_events when one of them becomes
 *	      readable or hangs up. Unused entries are -1
 * @mem_slots: number of memory regions that the device can map, 0 = not reported
 * @error: description of the last failure
 * @state: private state of the kind of transport, initialised by the operation @open
 *
 * The struct can be copied (transport_move()): no pointer in @state points into the struct, except
 * pointers that are set again before each use.
 */
struct transport {
	const struct transport_ops *ops;
	const struct transport_ops *kept;
	const char *name;
	const char *path;
	unsigned int timeout_ms;
	bool strict;
	uint32_t (*config_width)(uint32_t offset);
	const unsigned char *base;
	size_t bytes;
	uint64_t iova;
	int event_fd[TRANSPORT_EVENTS];
	uint64_t mem_slots;
	struct error error;
	_Alignas(max_align_t) unsigned char state[TRANSPORT_STATE_BYTES];
};

/* Each kind of transport asserts that its private state fits into struct transport. */
#define TRANSPORT_ASSERT_STATE(type)                                    \
	_Static_assert(sizeof(type) <= TRANSPORT_STATE_BYTES &&         \
			       _Alignof(type) <= _Alignof(max_align_t), \
		       "struct transport has no room for " #type)

struct stat;

/**
 * enum transport_event - state of a device after an event
 * @TRANSPORT_EVENT_NONE: the device works as before
 * @TRANSPORT_EVENT_GONE: the connection is gone, but the device may come back at the same path
 * @TRANSPORT_EVENT_LOST: the device is lost for good
 */
enum transport_event {
	TRANSPORT_EVENT_NONE,
	TRANSPORT_EVENT_GONE,
	TRANSPORT_EVENT_LOST,
};

/**
 * struct transport_ops - a kind of transport
 * @description: noun phrase with article for messages, such as "a vhost-user socket"
 * @features: feature bits accepted with this transport, in addition to those of every device
 * @protocol_features: the bits of @features that concern the protocol and not the device
 * @may_return: a device that went away may come back at the same path (vblk_reconnect,
 *		vblk_inflight)
 * @queues_max: maximum number of queues of any device of this kind, 0 = no limit
 * @matches: return true if @path names a device of this kind. @st is NULL if @path does not exist
 * @real_name: for devices with several names that are not paths of the same file: set @real,
 *	       PATH_MAX bytes long, to the canonical name of the device. Return false if @path
 *	       is not such a name. NULL = this kind has no such names
 * @hint: if @path looks like a mistyped name of a device of this kind, return a correction to
 *	  append to the error message, else "". NULL = this kind has no hints
 * @open: open the device at @path. Report every problem with permissions, drivers and other users
 *	  of the device here. Leave nothing open on failure
 * @close: release the device, which is stopped or lost; never waits for long
 * @after_fork: in a forked process, release everything that notifications do not need, without an
 *		effect on the device. NULL = call @close, which has no such effect
 * @inherit: share state that outlives a connection with @before, a closed transport of the same
 *	     kind. Called after @open and before @start. NULL = there is no such state
 * @forget: release the state that outlives a connection; the connection may be closed. NULL = there
 *	    is no such state
 * @get_features: read the feature bits that the device offers
 * @set_owner: become the driver of the device; @inflight: use an inflight region. Called after
 *	       @get_features and before the first access to the device status. NULL = not needed
 * @set_features: write the feature bits that the driver accepts
 * @has_status: return true if the device status can be accessed; NULL = always
 * @get_status: read the device status
 * @set_status: write the device status; if @status is 0, also wait until the device is reset
 * @read_config: read the start of the configuration space as a consistent copy; set @got to the
 *		 number of bytes read
 * @write_config: write to the configuration space
 * @queue_count: set @queues to the number of queues that the device can serve, UINT32_MAX = see the
 *		 configuration space
 * @queue_size_max: set @size to the maximum ring size of a queue, 0 = not reported
 * @ranges: return the ranges of I/O virtual addresses that the arena may use, and set @count to
 *	    their number; NULL = any address may be used
 * @map: map the arena for the device; set @base, @bytes and @iova of struct transport. The mapping
 *	 stays until @unmap
 * @unmap: remove the mapping of the arena; NULL = @close does it
 * @start: describe the queues to the device and enable them; set @kick of each queue. Called
 *	   between FEATURES_OK and DRIVER_OK. Return -E2BIG if the device refused a ring, possibly
 *	   because of its size
 * @stop: stop the queues, before reset and @unmap; NULL = a reset does it
 * @disable: stop one queue for good while the other queues keep running; NULL = not supported
 * @poll_events: handle an event on an @event_fd and return the state of the device. Set @error
 *		 unless the result is TRANSPORT_EVENT_NONE. Return TRANSPORT_EVENT_GONE only if
 *		 @may_return is set
 */
struct transport_ops {
	const char *description;
	uint64_t features;
	uint64_t protocol_features;
	bool may_return;
	uint32_t queues_max;
	bool (*matches)(const char *path, const struct stat *st);
	bool (*real_name)(const char *path, const struct stat *st, char *real);
	const char *(*hint)(const char *path);
	int (*open)(struct transport *t);
	void (*close)(struct transport *t);
	void (*after_fork)(struct transport *t);
	void (*inherit)(struct transport *t, const struct transport *before);
	void (*forget)(struct transport *t);
	int (*get_features)(struct transport *t, uint64_t *features);
	int (*set_owner)(struct transport *t, bool inflight);
	int (*set_features)(struct transport *t, uint64_t features);
	bool (*has_status)(const struct transport *t);
	int (*get_status)(struct transport *t, uint8_t *status);
	int (*set_status)(struct transport *t, uint8_t status);
	int (*read_config)(struct transport *t, void *config, uint32_t bytes, uint32_t *got);
	int (*write_config)(struct transport *t, uint32_t offset, const void *data, uint32_t bytes);
	int (*queue_count)(struct transport *t, uint32_t *queues);
	int (*queue_size_max)(struct transport *t, uint32_t index, uint32_t *size);
	const struct iova_range *(*ranges)(const struct transport *t, size_t *count);
	int (*map)(struct transport *t, const struct arena *arena);
	int (*unmap)(struct transport *t);
	int (*start)(struct transport *t, struct transport_queue *queues, uint32_t count);
	int (*stop)(struct transport *t);
	int (*disable)(struct transport *t, uint32_t index);
	enum transport_event (*poll_events)(struct transport *t);
};

#define TRANSPORT_KIND_DECLARE(id, ops, name, help) extern const struct transport_ops ops;
TRANSPORT_KINDS(TRANSPORT_KIND_DECLARE)
#undef TRANSPORT_KIND_DECLARE

uint64_t transport_features(void);
int transport_find(struct transport *t, const char *path, enum transport_kind wanted);
bool transport_real(const char *path, char *real);
int transport_open(struct transport *t, unsigned int timeout_ms);
void transport_close(struct transport *t);
void transport_after_fork(struct transport *t);
void transport_inherit(struct transport *t, const struct transport *before);
void transport_forget(struct transport *t);
void transport_move(struct transport *to, struct transport *from);

static inline bool transport_has_status(const struct transport *t)
{
	return !t->ops->has_status || t->ops->has_status(t);
}

/**
 * transport_iova - return the I/O virtual address of a byte of the arena
 * @t: transport, with the arena mapped
 * @p: address of the byte in this process
 */
static inline uint64_t transport_iova(const struct transport *t, const void *p)
{
	return t->iova + (uint64_t)((const unsigned char *)p - t->base);
}

/**
 * transport_kick - send an available buffer notification
 * @kick: how to notify the device of the queue
 * @next: next position of the driver in the ring, from virtq_next(); in a packed ring, the top bit
 *	  is the driver's wrap counter
 *
 * VIRTIO 1.3, 2.9 and 4.1.5.2. Call virtq_publish() first: it orders the writes to the ring before
 * the write to the register. Returns false if the notification could not be sent.
 */
static inline bool transport_kick(const struct transport_kick *kick, uint16_t next)
{
	uint64_t one = 1;

	if (kick->fd >= 0)
		return write(kick->fd, &one, sizeof(one)) == sizeof(one);
	if (kick->data)
		*(volatile uint32_t *)kick->reg = htole32((uint32_t)next << 16 | kick->index);
	else
		*(volatile uint16_t *)kick->reg = htole16(kick->index);
	return true;
}

#endif
