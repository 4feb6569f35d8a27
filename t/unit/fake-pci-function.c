// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "t/unit/fake-pci-function.h"
#include "vhost/transport/vfio-pci/vfio_device.h"

/* Offsets of the virtio structures in BAR 0. */
enum { COMMON_AT = 0, DEVICE_AT = 0x1000, NOTIFY_AT = 0x2000 };

struct function function;
static uint32_t selected, driver_selected, queue_selected, looks;
static uint16_t config_vector;
static uint8_t generation;

/* Widths of the common configuration's registers, by offset; 0 if no register begins there. */
static const uint8_t widths[60] = {
	[0] = 4,  [4] = 4,  [8] = 4,  [12] = 4, [16] = 2, [18] = 2, [20] = 1,
	[21] = 1, [22] = 2, [24] = 2, [26] = 2, [28] = 2, [30] = 2, [32] = 4,
	[36] = 4, [40] = 4, [44] = 4, [48] = 4, [52] = 4, [56] = 2, [58] = 2,
};

/**
 * function_init - initialise the function to its correct state, before a driver opens it
 */
void function_init(void)
{
	unsigned int i;

	function = (struct function){
		.offered = 1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_F_ACCESS_PLATFORM | 1 << 12,
		.capacity = 2048,
		.vectors = 1 + FUNCTION_QUEUES,
		.vectors_refused = UINT32_MAX,
		.queues = FUNCTION_QUEUES,
		.mappable = true,
		.notify_multiplier = 4,
		.request_event = -1,
		.error_event = -1,
	};
	for (i = 0; i < FUNCTION_QUEUES; i++) {
		function.queue[i].max = 256;
		function.queue[i].write_on = -1;
	}
	for (i = 0; i <= FUNCTION_QUEUES; i++)
		function.event[i] = -1;
	memset(function.notify, 0xff, sizeof(function.notify));
	selected = driver_selected = queue_selected = looks = 0;
	config_vector = VIRTIO_MSI_NO_VECTOR;
	generation = 0;
}

static void note(const char *what, int number)
{
	size_t at = strlen(function.log);

	if (number < 0)
		snprintf(function.log + at, sizeof(function.log) - at, "%s%s", at ? " " : "", what);
	else
		snprintf(function.log + at, sizeof(function.log) - at, "%s%s%d", at ? " " : "",
			 what, number);
}

/**
 * function_wrong - record the first action that no driver may take
 * @what: description of the action
 */
void function_wrong(const char *what)
{
	if (!function.wrong)
		function.wrong = what;
}

static void be_reset(void)
{
	unsigned int i;

	function.status = 0;
	config_vector = VIRTIO_MSI_NO_VECTOR;
	for (i = 0; i < FUNCTION_QUEUES; i++) {
		function.queue[i].enabled = function.queue[i].size = 0;
		function.queue[i].vector = VIRTIO_MSI_NO_VECTOR;
	}
}

static uint32_t read_status(void)
{
	/* A status of 0 began a reset; the reset completes after @resets_after reads. */
	if (looks && looks != UINT32_MAX && !--looks)
		be_reset();
	return looks ? function.status | 0x80u : function.status;
}

static void write_status(uint8_t status)
{
	unsigned int i;

	note("S", status);
	if (!status) {
		looks = function.resets_after;
		if (!looks)
			be_reset();
		return;
	}
	if (looks)
		function_wrong("status written before the reset was done");
	if (function.status & ~status)
		function_wrong("bits of the device status cleared without a reset");
	for (i = 0; status & VIRTIO_CONFIG_S_DRIVER_OK && i < FUNCTION_NOTIFY_BYTES; i++)
		if (function.notify[i] != 0xff && !(function.status & VIRTIO_CONFIG_S_DRIVER_OK))
			function_wrong("notified before DRIVER_OK");
	function.status = status;
}

/* Return the 32 bits of the configuration space at @offset. */
static uint32_t config_word(uint32_t offset)
{
	switch (offset) {
	case 0:
		return (uint32_t)function.capacity;
	case 4:
		return (uint32_t)(function.capacity >> 32);
	case 34:
		return function.queues;
	}
	return 0;
}

static uint32_t config_width(uint32_t offset)
{
	if (offset == 16 || offset == 26 || offset == 34)
		return 2;
	if (offset == 18 || offset == 19 || offset == 24 || offset == 25 || offset == 32 ||
	    offset == 33 || (offset >= 56 && offset < 60) || offset >= 92)
		return 1;
	return 4;
}

static uint32_t read_config(uint32_t offset, unsigned int width)
{
	uint32_t value = config_word(offset);

	if (width != config_width(offset))
		function_wrong("configuration field not read with its own width");
	/* Change the capacity between the reads of its two halves. */
	if (!offset && function.changes) {
		function.capacity += 0x100000001;
		generation++;
		if (function.changes != UINT32_MAX)
			function.changes--;
	}
	return value;
}

static uint32_t read_common(uint32_t offset)
{
	bool there = queue_selected < function.queues;
	uint32_t q = there ? queue_selected : 0;

	switch (offset) {
	case VIRTIO_PCI_COMMON_DF:
		return selected > 1 ? 0 : (uint32_t)(function.offered >> selected * 32);
	case VIRTIO_PCI_COMMON_MSIX:
		return config_vector;
	case VIRTIO_PCI_COMMON_NUMQ:
		return function.queues;
	case VIRTIO_PCI_COMMON_STATUS:
		return read_status();
	case VIRTIO_PCI_COMMON_CFGGENERATION:
		return generation;
	case VIRTIO_PCI_COMMON_Q_SIZE:
		return !there			? 0
		       : function.queue[q].size ? function.queue[q].size
						: function.queue[q].max;
	case VIRTIO_PCI_COMMON_Q_MSIX:
		return function.queue[q].vector;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		return function.queue[q].enabled;
	case VIRTIO_PCI_COMMON_Q_NOFF:
		return q;
	case VIRTIO_PCI_COMMON_Q_RESET:
		return function.queue_resets;
	}
	return 0;
}

static void put_half(uint64_t *address, bool high, uint32_t value)
{
	*address = high ? (*address & UINT32_MAX) | (uint64_t)value << 32
			: (*address & ~(uint64_t)UINT32_MAX) | value;
}

static void write_queue(uint32_t offset, uint32_t value)
{
	uint32_t q = queue_selected;

	if (q >= function.queues) {
		function_wrong("access to a queue that does not exist");
		return;
	}
	if (function.queue[q].enabled && offset != VIRTIO_PCI_COMMON_Q_RESET)
		function_wrong("register of an enabled queue written");
	switch (offset) {
	case VIRTIO_PCI_COMMON_Q_SIZE:
		function.queue[q].size = (uint16_t)value;
		break;
	case VIRTIO_PCI_COMMON_Q_MSIX:
		function.queue[q].vector =
			value < function.vectors_refused ? (uint16_t)value : VIRTIO_MSI_NO_VECTOR;
		break;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		if (value != 1 || !function.queue[q].size || !function.queue[q].device)
			function_wrong("queue enabled before its size and addresses were written");
		if (!(function.status & VIRTIO_CONFIG_S_FEATURES_OK))
			function_wrong("queue enabled before FEATURES_OK");
		function.queue[q].enabled = 1;
		note("E", (int)q);
		break;
	case VIRTIO_PCI_COMMON_Q_RESET:
		function.queue[q].enabled = 0;
		note("R", (int)q);
		break;
	default:
		put_half(offset < VIRTIO_PCI_COMMON_Q_AVAILLO  ? &function.queue[q].desc
			 : offset < VIRTIO_PCI_COMMON_Q_USEDLO ? &function.queue[q].driver
							       : &function.queue[q].device,
			 offset & 4, value);
	}
}

static void write_common(uint32_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		selected = value;
		break;
	case VIRTIO_PCI_COMMON_GFSELECT:
		driver_selected = value;
		break;
	case VIRTIO_PCI_COMMON_GF:
		if (function.status & VIRTIO_CONFIG_S_FEATURES_OK)
			function_wrong("features changed after FEATURES_OK");
		put_half(&function.accepted, driver_selected, value);
		if (driver_selected)
			note("F", -1);
		break;
	case VIRTIO_PCI_COMMON_MSIX:
		config_vector =
			value < function.vectors_refused ? (uint16_t)value : VIRTIO_MSI_NO_VECTOR;
		break;
	case VIRTIO_PCI_COMMON_STATUS:
		write_status((uint8_t)value);
		break;
	case VIRTIO_PCI_COMMON_Q_SELECT:
		queue_selected = value;
		break;
	case VIRTIO_PCI_COMMON_DF:
	case VIRTIO_PCI_COMMON_NUMQ:
	case VIRTIO_PCI_COMMON_CFGGENERATION:
	case VIRTIO_PCI_COMMON_Q_NOFF:
		function_wrong("read-only register written");
		break;
	default:
		write_queue(offset, value);
	}
}

uint32_t vfio_device_read(const struct vfio_device *device, const struct pci_structure *structure,
			  uint32_t offset, unsigned int width)
{
	(void)device;
	if (function.gone)
		return width == 4 ? UINT32_MAX : (1u << width * 8) - 1;
	if (structure->offset == DEVICE_AT)
		return read_config(offset, width);
	if (structure->offset != COMMON_AT || offset >= sizeof(widths) || widths[offset] != width)
		function_wrong("register not read with its own width");
	return read_common(offset);
}

void vfio_device_write(const struct vfio_device *device, const struct pci_structure *structure,
		       uint32_t offset, unsigned int width, uint32_t value)
{
	(void)device;
	if (function.gone)
		return;
	if (structure->offset != COMMON_AT || offset >= sizeof(widths) || widths[offset] != width)
		function_wrong("register not written with its own width");
	write_common(offset, value);
}

int vfio_device_init(struct vfio_device *device, int fd)
{
	*device = (struct vfio_device){ .fd = fd, .vectors = function.vectors };
	device->bar_bytes[0] = 0x4000;
	return 0;
}

static void put_cap(uint8_t *space_, unsigned int at, unsigned int next, uint8_t type,
		    uint32_t offset, uint32_t bytes)
{
	struct virtio_pci_notify_cap cap = {
		.cap = { .cap_vndr = PCI_CAP_ID_VNDR,
			 .cap_next = (uint8_t)next,
			 .cap_len = sizeof(cap),
			 .cfg_type = type,
			 .offset = offset,
			 .length = bytes },
		.notify_off_multiplier = function.notify_multiplier,
	};

	memcpy(space_ + at, &cap, sizeof(cap));
}

size_t vfio_device_read_space(const struct vfio_device *device, uint8_t *space_, size_t bytes)
{
	(void)device;
	memset(space_, 0, bytes);
	memcpy(space_, "\xf4\x1a\x42\x10", 4);
	space_[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	space_[PCI_CAPABILITY_LIST] = 0x40;
	put_cap(space_, 0x40, 0x60, VIRTIO_PCI_CAP_COMMON_CFG, COMMON_AT, sizeof(widths));
	put_cap(space_, 0x60, 0x80, VIRTIO_PCI_CAP_DEVICE_CFG, DEVICE_AT, 0x100);
	put_cap(space_, 0x80, 0, VIRTIO_PCI_CAP_NOTIFY_CFG, NOTIFY_AT, FUNCTION_NOTIFY_BYTES);
	return bytes;
}

int vfio_device_command(const struct vfio_device *device, uint16_t set, uint16_t clear)
{
	(void)device;
	if (set & PCI_COMMAND_MASTER)
		note("M", -1);
	function.command = (uint16_t)((function.command | set) & ~clear);
	return 0;
}

bool vfio_device_can_map(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t bytes)
{
	(void)device;
	return function.mappable && structure->offset == NOTIFY_AT &&
	       bytes <= FUNCTION_NOTIFY_BYTES;
}

volatile void *vfio_device_map(const struct vfio_device *device,
			       const struct pci_structure *structure, uint32_t bytes)
{
	if (!vfio_device_can_map(device, structure, bytes))
		return NULL;
	function.attached = true;
	return function.notify;
}

void vfio_device_detach(volatile void *registers, uint32_t bytes)
{
	(void)bytes;
	if (registers != function.notify)
		function_wrong("unmapped registers that were not mapped");
	function.attached = false;
}

int vfio_device_write_on(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t offset, uint16_t value, int fd)
{
	(void)device;
	if (structure->offset != NOTIFY_AT || value >= FUNCTION_QUEUES ||
	    offset != value * function.notify_multiplier)
		function_wrong("ioeventfd set up for a wrong notification address");
	else
		function.queue[value].write_on = fd;
	return function.writable ? 0 : -ENOTTY;
}

int vfio_device_set_vectors(const struct vfio_device *device, const int *fds, uint32_t count)
{
	uint32_t i;

	(void)device;
	if (count > function.vectors)
		return -EINVAL;
	for (i = 0; i <= FUNCTION_QUEUES; i++)
		function.event[i] = i < count ? fds[i] : -1;
	if (count)
		note("V", (int)count);
	return 0;
}

int vfio_device_set_signal(const struct vfio_device *device, unsigned int index, int fd)
{
	(void)device;
	*(index == VFIO_PCI_REQ_IRQ_INDEX ? &function.request_event : &function.error_event) = fd;
	return 0;
}

int vfio_device_reset(const struct vfio_device *device)
{
	(void)device;
	if (!function.can_reset)
		return -ENOTSUP;
	note("X", -1);
	looks = 0;
	be_reset();
	return 0;
}
