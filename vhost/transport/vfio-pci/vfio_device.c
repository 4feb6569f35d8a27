// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "vhost/transport/vfio-pci/vfio_device.h"

/* Description of a region and its capabilities; large enough for dozens of mappable areas. */
union region {
	struct vfio_region_info info;
	char bytes[1024];
};

static int describe_region(int fd, uint32_t index, union region *region)
{
	memset(region, 0, sizeof(*region));
	region->info.argsz = sizeof(*region);
	region->info.index = index;
	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region->info) ? -errno : 0;
}

/**
 * vfio_device_init - read the description of a function from VFIO
 * @device: filled in
 * @fd: VFIO device file descriptor of the function
 *
 * Returns 0 or a negative errno.
 */
int vfio_device_init(struct vfio_device *device, int fd)
{
	struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	struct vfio_device_info info = { .argsz = sizeof(info) };
	union region region;
	uint32_t i;
	int ret;

	memset(device, 0, sizeof(*device));
	device->fd = fd;
	if (ioctl(fd, VFIO_DEVICE_GET_INFO, &info))
		return -errno;
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) ||
	    info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return -ENODEV;
	device->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		ret = describe_region(fd, VFIO_PCI_BAR0_REGION_INDEX + i, &region);
		if (ret)
			return ret;
		device->bar_at[i] = region.info.offset;
		device->bar_bytes[i] = region.info.size;
		device->bar_mappable[i] = region.info.flags & VFIO_REGION_INFO_FLAG_MMAP;
	}
	ret = describe_region(fd, VFIO_PCI_CONFIG_REGION_INDEX, &region);
	if (ret)
		return ret;
	device->space_at = region.info.offset;
	device->space_bytes = region.info.size;
	if (ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq))
		return -errno;
	device->vectors = irq.flags & VFIO_IRQ_INFO_EVENTFD ? irq.count : 0;
	return 0;
}

/**
 * vfio_device_read_space - copy the PCI configuration space of a function
 * @device: function
 * @space: filled in
 * @bytes: size of @space
 *
 * Returns the number of bytes copied.
 */
size_t vfio_device_read_space(const struct vfio_device *device, uint8_t *space, size_t bytes)
{
	ssize_t n =
		pread(device->fd, space, bytes < device->space_bytes ? bytes : device->space_bytes,
		      (off_t)device->space_at);

	return n > 0 ? (size_t)n : 0;
}

/**
 * vfio_device_command - change the PCI command register of a function
 * @device: function
 * @set: bits to set, PCI_COMMAND_*
 * @clear: bits to clear, PCI_COMMAND_*
 *
 * Returns 0 or -EIO.
 */
int vfio_device_command(const struct vfio_device *device, uint16_t set, uint16_t clear)
{
	off_t at = (off_t)(device->space_at + PCI_COMMAND);
	uint16_t command;

	if (pread(device->fd, &command, sizeof(command), at) != sizeof(command))
		return -EIO;
	command = htole16((uint16_t)((le16toh(command) | set) & ~clear));
	return pwrite(device->fd, &command, sizeof(command), at) == sizeof(command) ? 0 : -EIO;
}

/**
 * vfio_device_read - read a register
 * @device: function
 * @structure: structure that contains the register
 * @offset: offset of the register in the structure, aligned to @width
 * @width: width of the access in bytes: 1, 2 or 4
 *
 * Reads through the kernel and not through a mapping: only notifications need to be fast, and
 * access to a mapping of a removed device would kill the process. Returns the value of the
 * register, or all ones if the read fails, which is also what the PCI bus returns.
 */
uint32_t vfio_device_read(const struct vfio_device *device, const struct pci_structure *structure,
			  uint32_t offset, unsigned int width)
{
	off_t at = (off_t)(device->bar_at[structure->bar] + structure->offset + offset);
	uint8_t data[4] = { 0 };

	if (pread(device->fd, data, width, at) != (ssize_t)width)
		return width == 4 ? UINT32_MAX : (1u << width * 8) - 1;
	return data[0] | data[1] << 8 | data[2] << 16 | (uint32_t)data[3] << 24;
}

/**
 * vfio_device_write - write a register
 * @device: function
 * @structure: structure that contains the register
 * @offset: offset of the register in the structure, aligned to @width
 * @width: width of the access in bytes: 1, 2 or 4
 * @value: value to write
 *
 * A failed write is ignored: it means that the device has been removed.
 */
void vfio_device_write(const struct vfio_device *device, const struct pci_structure *structure,
		       uint32_t offset, unsigned int width, uint32_t value)
{
	off_t at = (off_t)(device->bar_at[structure->bar] + structure->offset + offset);
	uint32_t data = htole32(value);
	const char *first = (const char *)&data;

	if (pwrite(device->fd, first, width, at) != (ssize_t)width)
		return;
}

/*
 * Find the pages that contain the first @bytes bytes of a structure. Return their offset in the BAR
 * and set @length.
 */
static uint64_t pages_of(const struct pci_structure *structure, uint32_t bytes, uint64_t *length)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t first = structure->offset / page * page;

	*length = (structure->offset + (uint64_t)bytes + page - 1) / page * page - first;
	return first;
}

/**
 * vfio_device_can_map - return true if registers can be mapped
 * @device: function
 * @structure: structure that contains the registers
 * @bytes: length of the registers, from the start of the structure
 */
bool vfio_device_can_map(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t bytes)
{
	uint64_t length, first = pages_of(structure, bytes, &length);
	const struct vfio_region_info_cap_sparse_mmap *cap;
	union region region;
	uint32_t at, i;

	if (!device->bar_mappable[structure->bar] ||
	    describe_region(device->fd, VFIO_PCI_BAR0_REGION_INDEX + structure->bar, &region))
		return false;
	at = region.info.flags & VFIO_REGION_INFO_FLAG_CAPS ? region.info.cap_offset : 0;
	for (; at >= sizeof(region.info) && at + sizeof(cap->header) <= sizeof(region);
	     at = cap->header.next > at ? cap->header.next : 0) {
		cap = (const void *)(region.bytes + at);
		if (cap->header.id != VFIO_REGION_INFO_CAP_SPARSE_MMAP)
			continue;
		/* Only the listed areas of the BAR can be mapped. */
		for (i = 0; i < cap->nr_areas &&
			    at + sizeof(*cap) + (i + 1) * sizeof(*cap->areas) <= sizeof(region);
		     i++)
			if (first >= cap->areas[i].offset &&
			    first + length <= cap->areas[i].offset + cap->areas[i].size)
				return true;
		return false;
	}
	return true;
}

/**
 * vfio_device_map - map registers
 * @device: function
 * @structure: structure that contains the registers
 * @bytes: length of the registers, from the start of the structure
 *
 * Processes that are forked later inherit the mapping. Returns the address of the first register,
 * or NULL if the registers cannot be mapped. Use vfio_device_detach() to remove the mapping.
 */
volatile void *vfio_device_map(const struct vfio_device *device,
			       const struct pci_structure *structure, uint32_t bytes)
{
	uint64_t length, first = pages_of(structure, bytes, &length);
	char *map;

	if (!vfio_device_can_map(device, structure, bytes))
		return NULL;
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd,
		   (off_t)(device->bar_at[structure->bar] + first));
	return map == MAP_FAILED ? NULL : map + (structure->offset - first);
}

/**
 * vfio_device_detach - replace mapped registers with anonymous memory
 * @registers: address from vfio_device_map()
 * @bytes: length that was passed to vfio_device_map()
 *
 * A thread may be about to write to the registers, so the addresses must remain valid. The new
 * mapping takes no memory until a thread writes to it.
 */
void vfio_device_detach(volatile void *registers, uint32_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)registers / page * page;
	uintptr_t end = ((uintptr_t)registers + bytes + page - 1) / page * page;

	mmap((void *)first, end - first, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/**
 * vfio_device_write_on - have the kernel write a register whenever an eventfd is signalled
 * @device: function
 * @structure: structure that contains the register
 * @offset: offset of the register in the structure
 * @value: 16-bit value to write
 * @fd: eventfd
 *
 * This is for registers that cannot be mapped. Returns 0 or a negative errno.
 */
int vfio_device_write_on(const struct vfio_device *device, const struct pci_structure *structure,
			 uint32_t offset, uint16_t value, int fd)
{
	struct vfio_device_ioeventfd on = {
		.argsz = sizeof(on),
		.flags = VFIO_DEVICE_IOEVENTFD_16,
		.offset = device->bar_at[structure->bar] + structure->offset + offset,
		.data = value,
		.fd = fd,
	};

	return ioctl(device->fd, VFIO_DEVICE_IOEVENTFD, &on) ? -errno : 0;
}

/*
 * Assign eventfds to the first @count interrupts of the type @index. If @count is 0, disable this
 * type of interrupts.
 */
static int set_irqs(const struct vfio_device *device, uint32_t index, const int *fds,
		    uint32_t count)
{
	union {
		struct vfio_irq_set set;
		char room[sizeof(struct vfio_irq_set) + VFIO_VECTORS_MAX * sizeof(*fds)];
	} irqs;

	if (count > VFIO_VECTORS_MAX)
		return -EINVAL;
	irqs.set = (struct vfio_irq_set){
		.argsz = (uint32_t)(sizeof(irqs.set) + count * sizeof(*fds)),
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
			 (count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE),
		.index = index,
		.count = count,
	};
	if (count)
		memcpy(irqs.room + sizeof(irqs.set), fds, count * sizeof(*fds));
	return ioctl(device->fd, VFIO_DEVICE_SET_IRQS, &irqs) ? -errno : 0;
}

/**
 * vfio_device_set_vectors - assign eventfds to the MSI-X vectors
 * @device: function
 * @fds: one eventfd for each vector, beginning with the first vector
 * @count: number of entries in @fds, at most VFIO_VECTORS_MAX; 0 = disable interrupts
 *
 * Sets all vectors in one call, because kernels before 6.5 cannot add vectors later. Returns 0 or a
 * negative errno.
 */
int vfio_device_set_vectors(const struct vfio_device *device, const int *fds, uint32_t count)
{
	return set_irqs(device, VFIO_PCI_MSIX_IRQ_INDEX, fds, count);
}

/**
 * vfio_device_set_signal - have VFIO signal an eventfd when an event of the function occurs
 * @device: function
 * @index: event: VFIO_PCI_ERR_IRQ_INDEX or VFIO_PCI_REQ_IRQ_INDEX
 * @fd: eventfd
 *
 * Returns 0, or a negative errno, for example if the function does not support the event.
 */
int vfio_device_set_signal(const struct vfio_device *device, unsigned int index, int fd)
{
	return set_irqs(device, index, &fd, 1);
}

/**
 * vfio_device_reset - reset a function
 * @device: function
 *
 * The kernel restores the PCI configuration space. Returns 0, or a negative errno: -ENOTSUP if the
 * function does not support reset.
 */
int vfio_device_reset(const struct vfio_device *device)
{
	if (!device->can_reset)
		return -ENOTSUP;
	return ioctl(device->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}
