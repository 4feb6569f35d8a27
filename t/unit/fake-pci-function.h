/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio-blk PCI function made up for tests: it stands where the kernel's VFIO does otherwise,
 * and watches what its driver does. Programs with it have no others.
 */
#ifndef T_UNIT_FAKE_PCI_FUNCTION_H
#define T_UNIT_FAKE_PCI_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#define FUNCTION_QUEUES	      4
#define FUNCTION_NOTIFY_BYTES 64

/**
 * struct function - the function
 * @offered: features
 * @accepted: features, as the driver wrote them
 * @status: device status
 * @resets_after: a reset takes so many looks at the status; UINT32_MAX = it is never done
 * @can_reset: PCI can reset it, whatever it makes of its own
 * @gone: all that is read are ones
 * @changes: its configuration changes so many times while it is read; UINT32_MAX = always
 * @capacity: in sectors; one more with each change
 * @vectors: interrupt vectors it has
 * @vectors_refused: it takes no vector from this on
 * @queues: queues it has
 * @queue_resets: resets of a queue are never done
 * @mappable: its notifications can be mapped
 * @writable: the kernel can write them
 * @notify_multiplier: bytes from one queue's notification to the next's
 * @queue: what is known of each queue
 * @command: PCI command register
 * @notify: its notification registers; 0xff where nothing was written
 * @event: eventfds for vectors, -1 = none
 * @request_event: eventfd for a request of the kernel
 * @error_event: eventfd for errors
 * @mapped: memory that it has
 * @attached: notifications are mapped
 * @opened: it is open
 * @log: what happened, in order: "S" and a status, "F" features, "V" vectors, "M" bus mastering,
 * "E" and a queue enabled, "R" and a queue reset, "X" reset by PCI
 * @wrong: the first thing that no driver may do, NULL = none
 */
struct function {
	uint64_t offered;
	uint64_t accepted;
	uint8_t status;
	uint32_t resets_after;
	bool can_reset;
	bool gone;
	uint32_t changes;
	uint64_t capacity;
	uint32_t vectors;
	uint32_t vectors_refused;
	uint16_t queues;
	bool queue_resets;
	bool mappable;
	bool writable;
	uint32_t notify_multiplier;
	struct {
		uint16_t max, size, vector, enabled;
		uint64_t desc, driver, device;
		int write_on;
	} queue[FUNCTION_QUEUES];
	uint16_t command;
	_Alignas(4) uint8_t notify[FUNCTION_NOTIFY_BYTES];
	int event[1 + FUNCTION_QUEUES];
	int request_event, error_event;
	const void *mapped;
	bool attached;
	bool opened;
	char log[256];
	const char *wrong;
};

extern struct function function;

void function_init(void);
void function_wrong(const char *what);

#endif
