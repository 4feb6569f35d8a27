/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vblk-device - a strict vhost-user-blk device to test drivers against: common declarations
 *
 * main.c      main program
 * options.c   command line
 * vhost.c     vhost-user messages
 * config.c    features and configuration space
 * queue.c     start and stop of queues
 * worker.c    the threads that serve queues, by polling or by sleeping until a kick
 * serve.c     serving one queue: fetch, execute, publish, signal
 * chain.h     descriptor chains: address translation, the buffers of a request
 * split.h     the split ring on the device side
 * packed.h    the packed ring on the device side
 * orders.c    fault orders: parse, count down, match
 * held.c      requests whose completion is delayed
 * request.c   virtio-blk requests; request.h: declarations shared by all types
 * ranges.c    requests with a list of ranges: discard, write zeroes, secure erase
 * zoned.c     requests to zoned devices
 * zones.c     the zones: states, write pointers, limits
 * store.c     storage for the data
 * copy.c      measurement of the copy rate
 * spec.h      definitions from the specification that the system headers lack
 */
#ifndef T_VBLK_DEVICE_VBLK_DEVICE_H
#define T_VBLK_DEVICE_VBLK_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <rte_vhost.h>

#include "t/vblk-device/spec.h"

#define VDEV_SECTOR_BYTES   512u
#define VDEV_MAX_QUEUES	    128u
#define VDEV_MAX_QUEUE_SIZE 32768u
#define VDEV_MAX_REGIONS    8u
#define VDEV_MAX_ORDERS	    32u /* maximum number of --order options */

#define BIT(n) (1ull << (n))

#define vdev_likely(x)	 __builtin_expect(!!(x), 1)
#define vdev_unlikely(x) __builtin_expect(!!(x), 0)

/*
 * The rings are in shared memory. Every access states its memory order, and each value is read once
 * and then checked.
 */
#define load_relaxed(p)	    __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p)	    __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

enum vdev_store_kind { VDEV_STORE_RAM, VDEV_STORE_NULL, VDEV_STORE_FILE };

struct vdev_options {
	const char *socket_path;
	const char *file_path;
	const char *orders_path;
	const char *order[VDEV_MAX_ORDERS];
	unsigned int nr_orders;
	enum vdev_store_kind store;
	uint64_t size_bytes;
	unsigned int queues;
	int cpu;
	bool poll;
	bool threads;
	bool verbose;
	uint64_t delay_min_us, delay_max_us; /* range of --delay-us; 0 if there is no delay */

	bool packed;
	bool indirect;
	bool event_idx;
	bool in_order;
	bool inflight;

	bool read_only;
	bool flush;
	bool wce;
	bool volatile_cache;
	bool discard;
	bool write_zeroes;
	bool secure_erase;
	bool lifetime;

	uint32_t block_bytes;
	uint32_t seg_max;
	uint32_t size_max;
	uint32_t max_discard_sectors;
	uint32_t max_discard_seg;
	uint32_t discard_align_sectors;
	bool strict_alignment;
	uint32_t max_write_zeroes_sectors;
	uint32_t max_write_zeroes_seg;
	uint32_t max_secure_erase_sectors;
	uint32_t max_secure_erase_seg;
	uint32_t secure_erase_align_sectors;

	bool zoned;
	uint64_t zone_bytes;
	uint64_t zone_capacity_bytes;
	uint32_t conventional_zones;
	uint32_t max_open_zones;
	uint32_t max_active_zones;
	uint32_t max_append_sectors;
	uint32_t write_granularity_bytes;
	char id[VIRTIO_BLK_ID_BYTES];
};

extern struct vdev_options vdev_opt;

void vdev_options_parse(int argc, char **argv);

/* Only used at start: print a message on stderr and exit with status 1. */
#define vdev_die(...)                                         \
	do {                                                  \
		fprintf(stderr, "vblk-device: " __VA_ARGS__); \
		fputc('\n', stderr);                          \
		exit(1);                                      \
	} while (0)

/**
 * vdev_rule - report that the driver broke a rule of the specification
 * @rule: id of the rule in doc/conformance.md, such as "RING-2"
 * @fmt: description of what the driver did
 *
 * Prints one line on stderr (only for the first 100 reports), and makes the process exit with
 * status 3.
 */
void vdev_rule(const char *rule, const char *fmt, ...) __attribute__((cold, format(printf, 2, 3)));

/* Return the CLOCK_MONOTONIC time in nanoseconds. */
static inline uint64_t vdev_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- store ---- */

struct vdev_store {
	enum vdev_store_kind kind;
	int fd;
	uint64_t size_bytes;
	uint64_t capacity_bytes; /* in the configuration space; changed by order "capacity" */
	uint8_t *ram;

	/* --volatile-cache: sectors that were acknowledged, but are not in the store yet. */
	pthread_mutex_t cache_lock;
	uint8_t *cache;
	uint64_t *dirty;		 /* one bit per sector */
	uint64_t dirty_first, dirty_end; /* range of sectors that contains all dirty ones */
};

extern struct vdev_store vdev_store;

int vdev_store_open(struct vdev_store *s, const struct vdev_options *opt);
int vdev_store_read(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off_bytes);
int vdev_store_write(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off_bytes,
		     bool through);
int vdev_store_zero(struct vdev_store *s, uint64_t off_bytes, uint64_t len_bytes, bool unmap,
		    bool through);
int vdev_store_flush(struct vdev_store *s);
int vdev_copy_rate(uint64_t ms, bool huge);

/* ---- queues and workers ---- */

struct vdev_worker;
struct vdev_held;

struct vdev_region {
	uint64_t start, end; /* in the driver's address space; @end is exclusive */
	uintptr_t host;	     /* where @start is mapped in this process */
};

/*
 * The buffers of one request, as addresses of this process; device-readable buffers come first.
 * Each worker reuses one chain for all its requests.
 */
struct vdev_chain {
	struct iovec *iov;
	unsigned int nr_iov;
	unsigned int nr_readable;
	uint64_t readable_bytes, writable_bytes;
	uint32_t data_descs;	      /* number of descriptors with data, to check seg_max */
	uint32_t data_desc_max_bytes; /* largest descriptor with data, to check size_max */
	uint32_t last_writable_bytes;
	uint8_t *status; /* the last writable byte, or NULL if it is missing or unreachable */
	uint16_t id;	 /* id for the used ring: index of the head (split), buffer id (packed) */
	uint16_t slots;	 /* number of ring entries that the chain occupies */
	uint16_t last_slot;
	bool bad; /* the driver broke a rule: fail the request without executing it */
};

struct vdev_split {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t last_avail;
	uint16_t last_used; /* index of the next used entry to write */
	uint16_t batch;	    /* IN_ORDER: requests completed since @last_used was advanced */
	uint16_t signalled; /* used index at the last split_signal_due() */
};

struct vdev_packed {
	struct vring_packed_desc *desc;
	struct vring_packed_desc_event *driver_event, *device_event;
	uint16_t avail_idx, used_idx;
	bool avail_wrap, used_wrap;
	uint16_t unsignalled; /* ring entries used since the last packed_signal_due() */
	uint16_t batch_slots; /* IN_ORDER: ring entries of completed requests from @used_idx on */
	bool first_pending;   /* @first_flags of descriptor @first_idx are not written yet */
	uint16_t first_idx, first_flags;
};

struct vdev_queue {
	union {
		struct vdev_split split;
		struct vdev_packed packed;
	};
	uint16_t size;
	bool is_packed;
	bool indirect, event_idx, in_order, inflight;
	bool kicked;	/* the first kick has arrived, which starts the ring */
	bool armed;	/* available buffer notifications are enabled */
	bool broken;	/* the ring is invalid: do not serve the queue before it is set up again */
	bool writeback; /* write-back mode: writes may stay in the cache until a FLUSH */
	int kick_fd, call_fd;
	uint64_t features;
	struct vdev_chain *chain;
	unsigned int nr_regions;
	struct vdev_region region[VDEV_MAX_REGIONS];

	/*
	 * For each buffer id, the round in which it was last fetched. An id that is fetched twice
	 * in the same round was not used in between.
	 */
	uint32_t *seen;
	uint32_t round;
	uint16_t last_id; /* last completed request; stands for its batch with IN_ORDER */
	uint32_t last_len;

	struct vdev_held *held; /* list of held requests: fetched, but not completed yet */

	uint64_t nr_requests, nr_kicks, nr_calls;
	uint64_t nr_held, nr_overtaken; /* overtaken: completed after a later request */

	struct vdev_worker *worker;
	struct vdev_queue *next; /* next queue in the worker's list */
	int vid;
	uint16_t index;
	bool enabled, attached;
	bool base_given; /* SET_VRING_BASE has arrived, and its position is not checked yet */
	uint32_t base;
	bool base_returned;  /* GET_VRING_BASE was received on this connection */
	uint64_t started_ns; /* CLOCK_MONOTONIC time of the first start on this connection */
};

/* A connection to a front-end. */
struct vdev_conn {
	int vid;
	bool running; /* the library has reported that the device is ready */
	bool reset;   /* the device was reset, and DRIVER_OK is not set yet */
	bool features_set;
	bool writeback; /* the writeback field of the configuration space */
	uint8_t status;
	uint64_t features;
	uint64_t protocol_features;
	uint64_t began_ns; /* CLOCK_MONOTONIC time at which the connection began */
	struct vdev_queue *queue;
};

uint64_t vdev_config_features(const struct vdev_options *o);
/* The configuration space. Only zoned devices have the second part. */
struct vdev_config {
	struct virtio_blk_config blk;
	struct vdev_zoned_characteristics zoned;
};

uint32_t vdev_config_fill(const struct vdev_conn *conn, struct vdev_config *config);

bool vdev_queues_usable(const struct vdev_conn *conn);
void vdev_queue_check_base(const struct vdev_conn *conn, struct vdev_queue *q);
void vdev_queue_start(struct vdev_conn *conn, struct vdev_queue *q);
void vdev_queue_stop(struct vdev_queue *q);
void vdev_queues_start(struct vdev_conn *conn);
void vdev_queues_stop(struct vdev_conn *conn);
void vdev_queues_set_writeback(struct vdev_conn *conn);

unsigned int vdev_serve(struct vdev_queue *q);
bool vdev_serve_waiting(struct vdev_queue *q);
void vdev_serve_kicks(struct vdev_queue *q, bool on);
void vdev_serve_resubmit(struct vdev_queue *q);
void vdev_eventfd_ring(int fd);

int vdev_workers_start(unsigned int queues, bool threads, bool poll, int cpu);
void vdev_workers_stop(void);
void vdev_workers_wake(void);
struct vdev_worker *vdev_worker_of(unsigned int queue);
void vdev_worker_pause(struct vdev_worker *w);
void vdev_worker_resume(struct vdev_worker *w);
void vdev_worker_attach(struct vdev_worker *w, struct vdev_queue *q);
void vdev_worker_detach(struct vdev_worker *w, struct vdev_queue *q);

uint32_t vdev_request_execute(struct vdev_queue *q, struct vdev_chain *c);

int vdev_vhost_start(const char *path);
void vdev_vhost_stop(const char *path);

#endif
