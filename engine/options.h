/* SPDX-License-Identifier: GPL-2.0-only */
/* The options that the engine adds to fio's own. */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include "engine/compat.h"

enum vblk_ring {
	VBLK_RING_AUTO,
	VBLK_RING_SPLIT,
	VBLK_RING_PACKED,
};

enum vblk_wait_mode {
	VBLK_WAIT_HYBRID,
	VBLK_WAIT_SPIN,
	VBLK_WAIT_BLOCK,
};

enum vblk_switch {
	VBLK_SWITCH_AUTO,
	VBLK_SWITCH_OFF,
	VBLK_SWITCH_ON,
};

enum vblk_notes {
	VBLK_NOTES_AUTO,
	VBLK_NOTES_STDERR,
};

enum vblk_trim_request {
	VBLK_TRIM_DISCARD,
	VBLK_TRIM_WRITE_ZEROES,
	VBLK_TRIM_WRITE_ZEROES_UNMAP,
	VBLK_TRIM_SECURE_ERASE,
};

/**
 * struct vblk_options - engine options of one job, filled in by fio's parser
 * @td: job whose options fio parses, NULL after parsing; must be the first member
 * @transport: enum transport_kind
 * @queue_size: number of ring entries, 0 = chosen by the engine
 * @queues: number of queues to create, 0 = the number that the jobs need
 * @share: enum vblk_switch: whether jobs may share queues; VBLK_SWITCH_AUTO: they may if there are
 *	   fewer queues than jobs that can run at the same time
 * @queue: index of the queue that the job uses, -1 = assigned by the engine
 * @ring: enum vblk_ring
 * @features: list of features to require (+name) or forbid (-name)
 * @segments: number of data descriptors of a read or write
 * @wait: enum vblk_wait_mode
 * @hipri: option hipri was given, which means vblk_wait=spin
 * @spin: text of vblk_spin; job_spec_read() converts it to @spin_us
 * @timeout: text of vblk_timeout; job_spec_read() converts it to @timeout_us
 * @io_timeout: text of vblk_io_timeout; job_spec_read() converts it to @io_timeout_us
 * @reconnect: text of vblk_reconnect; job_spec_read() converts it to @reconnect_us
 * @spin_us: longest time that a hybrid wait spins, in microseconds
 * @trim: enum vblk_trim_request
 * @writeback: enum vblk_switch, VBLK_SWITCH_AUTO = leave the cache mode unchanged
 * @hugepages: enum arena_pages
 * @timeout_us: longest wait for the reply to a control message, in microseconds
 * @io_timeout_us: longest time without a completion, in microseconds, 0 = no limit
 * @reconnect_us: how long to try to reconnect to a back-end that went away, in microseconds
 * @inflight: the back-end records its requests in an inflight region
 * @poison: enum vblk_switch, VBLK_SWITCH_AUTO = poison read buffers in jobs that verify
 * @strict: treat every deviation of the device from the specification as an error
 * @stats: name of the file to append statistics to, NULL = none
 * @notes: enum vblk_notes
 */
struct vblk_options {
	struct thread_data *td;
	unsigned int transport;
	unsigned int queue_size;
	unsigned int queues;
	unsigned int share;
	int queue;
	unsigned int ring;
	char *features;
	unsigned int segments;
	unsigned int wait;
	unsigned int hipri;
	char *spin;
	char *timeout;
	char *io_timeout;
	char *reconnect;
	unsigned long long spin_us;
	unsigned int trim;
	unsigned int writeback;
	unsigned int hugepages;
	unsigned long long timeout_us;
	unsigned long long io_timeout_us;
	unsigned long long reconnect_us;
	unsigned int inflight;
	unsigned int poison;
	unsigned int strict;
	char *stats;
	unsigned int notes;
};

extern struct fio_option vblk_option_table[];

#endif
