/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a virtio device is reached: what each of the ways to one must be able to do.
 *
 * A way is one struct transport_ops, named in the list of kinds.h. Its functions return 0 or a
 * negative errno and leave one sentence about what went wrong in struct transport's @error. None of
 * them waits for ever, and but for open() none allocates memory, so that a thread which must not
 * (its process forks around it) can use them.
 *
 * One process sets the device up. Those it forks inherit queues, memory and what a notification
 * needs, and use nothing else.
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

/* Most descriptors of a device that somebody has to watch. */
#define TRANSPORT_EVENTS 3

/* Room for what a kind of transport keeps of its own. */
#define TRANSPORT_STATE_BYTES 256

struct transport_ops;

/**
 * struct transport_kick - how a queue's device is notified of available buffers
 * @fd: eventfd, or -1: by @reg
 * @reg: register, mapped in this process and those that it forks
 * @index: the queue's number
 * @data: VIRTIO_F_NOTIFICATION_DATA: 32 bits are written, else 16
 */
struct transport_kick {
	int fd;
	volatile void *reg;
	uint16_t index;
	bool data;
};

/**
 * struct transport_queue - a queue as it is handed to the device
 * @size: ring entries
 * @base: where the device begins, from virtq_base()
 * @addr: its areas, within the arena
 * @kick_fd: eventfd for available-buffer notifications, for those that take them so
 * @call_fd: eventfd for used-buffer notifications
 * @kick: set at the start: how the device is notified
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
 * struct transport - a way to one device
 * @ops: what kind it is; NULL = there is none, or no longer
 * @kept: kind of the connection whose end @state may have outlived; NULL = nothing is kept
 * @name: the name of its kind, as vblk_transport= has it
 * @path: how the device was named
 * @timeout_ms: longest wait for an answer, in milliseconds
 * @strict: as the user wishes (struct blk_dev_options)
 * @config_width: width of the field of the configuration space that begins at an offset, 1, 2 or 4:
 *		  the device's to say, for transports that read each field by an access of its own
 *width
 * @base: the arena's first byte, once it is mapped
 * @bytes: its length
 * @iova: its first I/O virtual address
 * @event_fd: what becomes readable (or hangs up) when poll_events() is to be called, -1 = none
 * @mem_slots: memory regions that can be mapped, 0 = not said
 * @error: what went wrong last
 * @state: what its kind keeps, set by open()
 *
 * It can be copied as it is (transport_move()): nothing in @state points into struct transport,
 * unless it is set anew before each use.
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

/* For each kind: does the type of what it keeps fit? */
#define TRANSPORT_ASSERT_STATE(type)                                    \
	_Static_assert(sizeof(type) <= TRANSPORT_STATE_BYTES &&         \
			       _Alignof(type) <= _Alignof(max_align_t), \
		       "struct transport has no room for " #type)

struct stat;

/**
 * enum transport_event - what has happened to a device
 * @TRANSPORT_EVENT_NONE: nothing that matters
 * @TRANSPORT_EVENT_GONE: the connection is gone, and the device may come back at the same path
 * @TRANSPORT_EVENT_LOST: the device is lost
 */
enum transport_event {
	TRANSPORT_EVENT_NONE,
	TRANSPORT_EVENT_GONE,
	TRANSPORT_EVENT_LOST,
};

/**
 * struct transport_ops - a kind of transport
 * @description: what its files are, with an article, for people
 * @features: feature bits accepted with it beside those of every device
 * @protocol_features: of these, bits that are about the protocol and not the device
 * @may_return: what went away may come back at the same path (vblk_reconnect, vblk_inflight)
 * @queues_max: most queues of any device of this kind, 0 = as many as there are
 * @matches: is this its kind of file? @st is NULL for a name that is none in the file system
 * @real_name: set @real to the one name of a device whose names are not all paths of one file, at
 *	       most PATH_MAX bytes; false: @path is no such name. NULL = there are none
 * @hint: what to write instead of a name that is no device, if it looks like a slip, as the end of
 *	  a sentence, else "". NULL = never anything
 * @open: reach the device at @path; everything that can be said about permissions, about who
 *	  else has it and about drivers is said here. Nothing is left open where it fails
 * @close: let go of the device, which is at rest or lost; never waits for long
 * @after_fork: in a forked process: let go of all but what notifications need; the device notices
 *	   nothing. NULL = as @close
 * @inherit: take over from @before, a closed transport of the same kind, what outlives a
 *	     connection; both have it then. After @open, before @start. NULL = nothing does
 * @forget: give up what outlives a connection, which may be closed. NULL = nothing does
 * @get_features: feature bits offered
 * @set_owner: become its driver, @inflight = with a region that its requests are noted in. After
 *	   @get_features, before the first status. NULL = nothing to do
 * @set_features: feature bits accepted
 * @has_status: the device has a status; NULL = yes
 * @get_status: read it
 * @set_status: write it; 0 = reset, and wait until the device has done so
 * @read_config: the start of the configuration space, consistent in itself; @got is set to how
 *		 much there was
 * @write_config: write to it
 * @queue_count: queues it can serve, UINT32_MAX = the configuration space says
 * @queue_size_max: most entries of a queue's ring, 0 = not said
 * @ranges: I/O virtual addresses that the arena may have, and how many ranges; NULL = any
 * @map: give the device the arena; sets @base, @bytes and @iova. Memory and address stay until
 *@unmap
 * @unmap: take it away again; NULL = @close does
 * @start: describe the queues to it, and enable them; sets their @kick. After FEATURES_OK, before
 *	   DRIVER_OK. -E2BIG: it did not take a ring, perhaps for its size
 * @stop: stop them, before reset and @unmap; NULL = a reset does
 * @disable: have it leave one queue alone for good, while the others go on; NULL = it can't
 * @poll_events: an @event_fd is ready: what has happened? Leaves a sentence in @error unless that
 *		 is TRANSPORT_EVENT_NONE. TRANSPORT_EVENT_GONE needs @may_return
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
 * transport_iova - the I/O virtual address of a byte of the arena
 * @t: transport, memory mapped
 * @p: address within the arena
 */
static inline uint64_t transport_iova(const struct transport *t, const void *p)
{
	return t->iova + (uint64_t)((const unsigned char *)p - t->base);
}

/**
 * transport_kick - notify a device of available buffers
 * @kick: of its queue
 * @next: where the driver goes on, from virtq_next(); a packed ring's wrap counter in the top bit
 *
 * VIRTIO 1.3, 2.9 and 4.1.5.2. What the device is to find was written before virtq_publish(), which
 * orders that and the register. Returns false if the notification could not be sent.
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
