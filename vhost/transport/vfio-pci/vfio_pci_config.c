// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the device configuration of a virtio PCI function. Each field is accessed with its own
 * width (VIRTIO 1.3, 4.1.3.1).
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "vhost/transport/clock.h"
#include "vhost/transport/vfio-pci/vfio_pci.h"

/**
 * vfio_pci_read_config - read the configuration space
 * @t: transport
 * @config: filled in
 * @bytes: size of @config
 * @got: set to the number of bytes read
 *
 * Repeats the read until all bytes belong to one configuration generation (VIRTIO 1.3, 2.5.1 and
 * 4.1.4.3.1; CONF-1). Returns 0, or -ETIMEDOUT if the configuration changes during every read.
 */
int vfio_pci_read_config(struct transport *t, void *config, uint32_t bytes, uint32_t *got)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	const struct pci_structure *structure = &vfio->registers.device;
	int64_t deadline = clock_now_ms() + t->timeout_ms;
	uint32_t most = bytes < structure->bytes ? bytes : structure->bytes, at, width, value,
		 before;

	do {
		before = vfio_pci_read(vfio, config_generation);
		for (at = 0; at < most; at += width) {
			width = t->config_width(at);
			if (width > most - at)
				break;
			value = htole32(vfio_device_read(&vfio->device, structure, at, width));
			memcpy((char *)config + at, &value, width);
		}
		if (vfio_pci_read(vfio, config_generation) == before) {
			*got = at;
			return 0;
		}
	} while (clock_now_ms() <= deadline);
	return error_set(&t->error, -ETIMEDOUT,
			 "configuration space changed during every read for %u ms", t->timeout_ms);
}

/**
 * vfio_pci_write_config - write fields of the configuration space
 * @t: transport
 * @offset: offset of the first field
 * @data: values to write, whole fields only
 * @bytes: length of @data
 *
 * Returns 0, -EPROTO if the fields are beyond the configuration space, or -EINVAL if @data ends
 * inside a field.
 */
int vfio_pci_write_config(struct transport *t, uint32_t offset, const void *data, uint32_t bytes)
{
	struct vfio_pci *vfio = vfio_pci_state(t);
	const struct pci_structure *structure = &vfio->registers.device;
	uint32_t at, width;

	if (offset > structure->bytes || bytes > structure->bytes - offset)
		return error_set(&t->error, -EPROTO, "configuration space has only %u bytes",
				 structure->bytes);
	for (at = 0; at < bytes; at += width) {
		uint32_t value = 0;

		width = t->config_width(offset + at);
		if (width > bytes - at)
			return error_set(&t->error, -EINVAL,
					 "cannot write only part of a configuration field");
		memcpy(&value, (const char *)data + at, width);
		vfio_device_write(&vfio->device, structure, offset + at, width, le32toh(value));
	}
	return 0;
}
