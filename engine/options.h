/* SPDX-License-Identifier: GPL-2.0-only */
/* What a job file can say to this engine beside fio's own options. */
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
 * @td: the job; fio puts it there
 * @transport: enum transport_kind
 * @queue_size: ring entries, 0 = by iodepth
 * @queues: queues to create, 0 = as many as the jobs need
 * @queue: the queue this job uses, -1 = dealt out
 * @ring: enum vblk_ring
 * @features: features to require or forbid, by name
 * @segments: data descriptors of a transfer
 * @wait: enum vblk_wait_mode
 * @hipri: the same as @wait = spin
 * @spin: time, as text (job_spec_read() reads these)
 * @timeout: the same
 * @io_timeout: the same
 * @reconnect: the same
 * @spin_us: the longest a hybrid wait spins, in microseconds
 * @trim: enum vblk_trim_request
 * @writeback: enum vblk_switch, VBLK_SWITCH_AUTO = as the device has it
 * @hugepages: enum arena_pages
 * @timeout_us: longest wait for a control-plane answer, in microseconds
 * @io_timeout_us: longest time without any completion, in microseconds, 0 = no limit
 * @reconnect_us: how long to keep trying to reach a back-end that went away, in microseconds
 * @inflight: the back-end is to note its requests in a region that survives it
 * @poison: enum vblk_switch
 * @strict: every deviation of the device is fatal
 * @stats: file to append statistics to
 * @notes: enum vblk_notes
 */
struct vblk_options {
	struct thread_data *td;
	unsigned int transport;
	unsigned int queue_size;
	unsigned int queues;
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
