// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "vhost/info/facts.h"
#include "vhost/info/json.h"
#include "vhost/info/protocol_features.h"
#include "vhost/transport/vfio-pci/vfio_pci.h"
#include "vhost/transport/vhost-user/transport.h"
#include "virtq/base.h"

typedef const char *(*bit_name)(unsigned int bit);

/* Feature bits that devices offer and a VIRTIO 1 driver does not use: bits of vhost and of legacy
 * devices. */
static const struct {
	unsigned int bit;
	const char *name;
	const char *reason;
} others[] = {
	{ 0, "barrier", "for legacy drivers" },
	{ 7, "scsi", "for legacy drivers" },
	{ 24, "notify_on_empty", "for legacy drivers" },
	{ 26, "log_all", "for live migration" },
	{ 27, "any_layout", "for legacy drivers" },
	{ VHOST_USER_F_PROTOCOL_FEATURES, "protocol_features", "" },
};

static const char *virtio_name(unsigned int bit)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].bit == bit)
			return others[i].name;
	return feature_name(bit);
}

/* Return the name of a bit, or its number if the bit has no name. */
static json_t *bit_json(unsigned int bit, bit_name name)
{
	return name(bit) ? json_string(name(bit)) : json_integer(bit);
}

static json_t *bit_list(uint64_t bits, bit_name name)
{
	json_t *list = json_array();
	unsigned int bit;

	for (bit = 0; bit < 64; bit++)
		if (bits & FEATURE(bit))
			info_append(list, bit_json(bit, name));
	return list;
}

/* Return the reason why an offered virtio feature is not used. */
static const char *virtio_reason(const struct blk_dev *dev, unsigned int bit)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].bit == bit)
			return others[i].reason;
	if (bit == VIRTIO_F_IN_ORDER)
		return "used only when asked for: vblk_features=+in_order";
	if (bit == VIRTIO_BLK_F_CONFIG_WCE)
		return "needs flush, which is not offered";
	if (bit == VIRTIO_BLK_F_DISCARD && dev->zoned.model == BLK_ZONE_MODEL_HOST_MANAGED)
		return "not for host-managed devices, whose zones are reset";
	if (transport_features() & FEATURE(bit))
		return "not used with this transport";
	return feature_name(bit) ? "not implemented by this driver" : "not known to this driver";
}

/* Return the reason why an offered vhost-user protocol feature is not used. */
static const char *protocol_reason(unsigned int bit)
{
	if (bit == VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD)
		return "used only when asked for: vblk_inflight=1";
	return protocol_feature_name(bit) ? "not used by this driver" : "not known to this driver";
}

static json_t *unused(const struct blk_dev *dev, uint64_t bits, bit_name name)
{
	json_t *list = json_array();
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		json_t *item;

		if (!(bits & FEATURE(bit)))
			continue;
		item = json_object();
		info_put(item, "name", bit_json(bit, name));
		info_put(item, "reason",
			 json_string(name == virtio_name ? virtio_reason(dev, bit)
							 : protocol_reason(bit)));
		info_append(list, item);
	}
	return list;
}

static json_t *virtio_features(const struct blk_dev *dev)
{
	json_t *features = json_object();

	info_put(features, "offered", bit_list(dev->offered, virtio_name));
	info_put(features, "usable", bit_list(dev->features, virtio_name));
	info_put(features, "unused", unused(dev, dev->offered & ~dev->features, virtio_name));
	info_put(features, "not_offered",
		 bit_list((BLK_DEV_FEATURES | dev->transport.ops->features) & ~dev->offered,
			  virtio_name));
	return features;
}

static json_t *protocol_features(const struct blk_dev *dev, const struct vhost_user *vu)
{
	json_t *features = json_object();

	info_put(features, "offered", bit_list(vu->protocol_offered, protocol_feature_name));
	info_put(features, "used", bit_list(vu->protocol_features, protocol_feature_name));
	info_put(features, "unused",
		 unused(dev, vu->protocol_offered & ~vu->protocol_features, protocol_feature_name));
	return features;
}

/* Return the ranges of I/O virtual addresses that the device can use, or null for any address. */
static json_t *iova_ranges(const struct transport *t)
{
	const struct iova_range *ranges;
	size_t count, i;
	json_t *list;

	if (!t->ops->ranges)
		return json_null();
	ranges = t->ops->ranges(t, &count);
	list = json_array();
	for (i = 0; i < count; i++) {
		json_t *range = json_object();

		info_put(range, "first", info_number(ranges[i].first));
		info_put(range, "last", info_number(ranges[i].last));
		info_append(list, range);
	}
	return list;
}

/* Return the facts that only PCI functions have, or null with other transports. */
static json_t *pci(const struct transport *t)
{
	const struct vfio_pci *vfio = vfio_pci_of(t);
	json_t *facts;

	if (!vfio)
		return json_null();
	facts = json_object();
	info_put(facts, "iommu_interface", json_string(vfio->iommu->ops->name));
	info_put(facts, "iommu_group", info_number(vfio->iommu->group));
	info_put(facts, "vectors", info_number(vfio->device.vectors));
	return facts;
}

/* Return @value as a number, or null if @value equals @none. */
static json_t *number_or_null(uint64_t none, uint64_t value)
{
	return value == none ? json_null() : info_number(value);
}

static void put_sizes(json_t *facts, const struct blk_dev *dev)
{
	bool topology = blk_dev_has(dev, VIRTIO_BLK_F_TOPOLOGY);
	uint64_t block = dev->block_bytes;

	info_put(facts, "capacity_bytes", info_number(dev->capacity_bytes));
	info_put(facts, "logical_block_bytes", info_number(block));
	/* The device can report any exponent; a large one would overflow the shift. */
	info_put(facts, "physical_block_bytes",
		 topology && dev->physical_block_exp < 32
			 ? info_number(block << dev->physical_block_exp)
			 : json_null());
	info_put(facts, "alignment_offset_bytes",
		 topology ? info_number(dev->alignment_offset * block) : json_null());
	info_put(facts, "min_io_bytes", number_or_null(0, dev->min_io_blocks * block));
	info_put(facts, "opt_io_bytes", number_or_null(0, dev->opt_io_blocks * block));
}

static json_t *range_limits(const struct blk_dev *dev, enum blk_range_kind kind)
{
	const struct blk_range_limits *range = &dev->range[kind];
	json_t *limits;

	if (!range->max_bytes)
		return json_null();
	limits = json_object();
	info_put(limits, "max_segments", info_number(range->max_segments));
	info_put(limits, "max_bytes", info_number(range->max_bytes));
	if (kind == BLK_WRITE_ZEROES)
		info_put(limits, "may_unmap", json_boolean(dev->write_zeroes_may_unmap));
	else
		info_put(limits, "alignment_bytes", info_number(range->align_bytes));
	return limits;
}

static json_t *all_limits(const struct blk_dev *dev)
{
	json_t *limits = json_object();
	enum blk_range_kind kind;

	info_put(limits, "seg_max", number_or_null(BLK_DEV_SEGMENTS_UNLIMITED, dev->seg_max));
	info_put(limits, "size_max_bytes", number_or_null(BLK_DEV_SIZE_UNLIMITED, dev->size_max));
	for (kind = 0; kind < BLK_RANGE_KINDS; kind++)
		info_put(limits, blk_range_name(kind), range_limits(dev, kind));
	return limits;
}

static json_t *cache(const struct blk_dev *dev)
{
	json_t *facts = json_object();

	info_put(facts, "mode", json_string(dev->writeback ? "write-back" : "write-through"));
	info_put(facts, "driver_can_choose",
		 json_boolean(blk_dev_has(dev, VIRTIO_BLK_F_CONFIG_WCE)));
	return facts;
}

static json_t *zones(const struct blk_dev *dev)
{
	const struct blk_zoned *zoned = &dev->zoned;
	json_t *facts;

	if (zoned->model == BLK_ZONE_MODEL_NONE)
		return json_null();
	facts = json_object();
	info_put(facts, "model", json_string(blk_zone_model_name(zoned->model)));
	info_put(facts, "zone_bytes", info_number(zoned->zone_bytes));
	info_put(facts, "count",
		 info_number(dev->capacity_bytes / zoned->zone_bytes +
			     !!(dev->capacity_bytes % zoned->zone_bytes)));
	info_put(facts, "max_open", number_or_null(0, zoned->max_open));
	info_put(facts, "max_active", number_or_null(0, zoned->max_active));
	info_put(facts, "write_granularity_bytes", info_number(zoned->write_granularity_bytes));
	info_put(facts, "max_append_bytes", number_or_null(0, zoned->max_append_bytes));
	return facts;
}

/**
 * info_facts - collect the facts about a device that need no request
 * @dev: device, opened
 *
 * Returns a JSON object. A member is null if the device does not report or offer the item. The
 * manual page describes the members.
 */
json_t *info_facts(const struct blk_dev *dev)
{
	const struct vhost_user *vu = vhost_user_of(&dev->transport);
	json_t *facts = json_object(), *path = json_string(dev->path);

	/* A JSON string must be UTF-8, but a path can contain any bytes. */
	info_put(facts, "path", path ? path : info_bytes(dev->path, strlen(dev->path)));
	info_put(facts, "transport", json_string(dev->transport.name));
	info_put(facts, "features", virtio_features(dev));
	if (vu)
		info_put(facts, "protocol_features", protocol_features(dev, vu));
	info_put(facts, "queues", info_number(dev->queues_max));
	info_put(facts, "memory_slots", number_or_null(0, dev->transport.mem_slots));
	info_put(facts, "iova_ranges", iova_ranges(&dev->transport));
	info_put(facts, "pci", pci(&dev->transport));
	put_sizes(facts, dev);
	info_put(facts, "limits", all_limits(dev));
	info_put(facts, "read_only", json_boolean(blk_dev_has(dev, VIRTIO_BLK_F_RO)));
	info_put(facts, "cache", cache(dev));
	info_put(facts, "zones", zones(dev));
	return facts;
}
