/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake virtio-blk PCI function for tests: it replaces the kernel's VFIO and checks what the
 * driver does. A program linked with the fake function has no access to real PCI functions.
 */
#ifndef T_UNIT_FAKE_PCI_FUNCTION_H
#define T_UNIT_FAKE_PCI_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#define FUNCTION_QUEUES	      4
#define FUNCTION_NOTIFY_BYTES 64

/**
 * struct function - the fake PCI function
 * @offered: device features
 * @accepted: features that the driver wrote
 * @status: device status
 * @resets_after: reads of the device status until a reset is complete; UINT32_MAX = never
 * @can_reset: a PCI function reset works, even if a virtio reset never completes
 * @gone: the function was removed: all reads return ones
 * @changes: number of times that the configuration changes while it is read; UINT32_MAX = always
 * @capacity: in sectors; grows with each configuration change
 * @vectors: number of interrupt vectors
 * @vectors_refused: lowest vector number that the device refuses
 * @queues: number of queues
 * @queue_resets: resets of a queue never complete
 * @mappable: notification registers can be mapped
 * @writable: the kernel can write notification registers (ioeventfd)
 * @notify_multiplier: bytes between the notification registers of adjacent queues
 * @queue: registers of each queue
 * @command: PCI command register
 * @notify: notification registers; 0xff where nothing was written
 * @event: eventfds of the interrupt vectors, -1 = none
 * @request_event: eventfd for the kernel's device request
 * @error_event: eventfd for errors
 * @mapped: memory mapped for the function
 * @attached: notification registers are mapped
 * @opened: the function is open
 * @log: events in order: "S" and a device status written, "F" features written, "V" and the number
 * of vectors set up, "M" bus mastering enabled, "E" and a queue enabled, "R" and a queue reset, "X"
 * PCI function reset
 * @wrong: first action that no driver may take, NULL = none
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
