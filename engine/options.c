// SPDX-License-Identifier: GPL-2.0-only
#include "engine/options.h"
#include "vhost/transport/arena.h"
#include "vhost/transport/kinds.h"

#define OPTION(option, label)                                                 \
	.name = "vblk_" option, .lname = label, .category = FIO_OPT_C_ENGINE, \
	.group = FIO_OPT_G_INVALID

#define AT(field) .off1 = offsetof(struct vblk_options, field)

/* A value of vblk_transport. */
#define TRANSPORT_VALUE(id, ops, name, text) { .ival = name, .oval = TRANSPORT_##id, .help = text },

struct fio_option vblk_option_table[] = {
	{
		OPTION("transport", "How the device is reached"),
		AT(transport),
		.type = FIO_OPT_STR,
		.help = "How the device is reached",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = TRANSPORT_ANY,
				 .help = "By the type of the file"},
				TRANSPORT_KINDS(TRANSPORT_VALUE)
			},
	},
	{
		OPTION("queue_size", "Ring entries"),
		AT(queue_size),
		.type = FIO_OPT_INT,
		.help = "Ring entries, a power of two unless the ring is packed; 0 = 256, more "
			"where iodepth needs it, fewer where the device has no larger rings",
		.def = "0",
	},
	{
		OPTION("queues", "Queues to create"),
		AT(queues),
		.type = FIO_OPT_INT,
		.help = "Queues to create; 0 = as many as the jobs need",
		.def = "0",
	},
	{
		OPTION("queue", "Queue of this job"),
		AT(queue),
		.type = FIO_OPT_INT,
		.help = "The queue this job uses; -1 = dealt out in job order",
		.def = "-1",
	},
	{
		OPTION("ring", "Ring layout"),
		AT(ring),
		.type = FIO_OPT_STR,
		.help = "Layout of the rings",
		.def = "auto",
		.posval = {
			{ .ival = "auto",
			  .oval = VBLK_RING_AUTO,
			  .help = "Packed if the device offers it" },
			{ .ival = "split", .oval = VBLK_RING_SPLIT, .help = "Split" },
			{ .ival = "packed",
			  .oval = VBLK_RING_PACKED,
			  .help = "Packed, an error if the device does not offer it" },
		},
	},
	{
		OPTION("features", "Features to require or forbid"),
		AT(features),
		.type = FIO_OPT_STR_STORE,
		.help = "Features to require (+name) or forbid (-name), by specification name in "
			"lower case",
	},
	{
		OPTION("segments", "Data descriptors of a transfer"),
		AT(segments),
		.type = FIO_OPT_INT,
		.help = "Split every transfer over this many data descriptors",
		.def = "1",
	},
	{
		OPTION("wait", "How completions are awaited"),
		AT(wait),
		.type = FIO_OPT_STR,
		.help = "How completions are awaited",
		.def = "hybrid",
		.posval =
			{
				{.ival = "spin",
				 .oval = VBLK_WAIT_SPIN,
				 .help = "Look at the ring until they are there"},
				{.ival = "block",
				 .oval = VBLK_WAIT_BLOCK,
				 .help = "Sleep until the device signals"},
				{.ival = "hybrid",
				 .oval = VBLK_WAIT_HYBRID,
				 .help = "Spin while it pays, then sleep"},
			},
	},
	{
		.name = "hipri",
		.lname = "High priority",
		AT(hipri),
		.category = FIO_OPT_C_ENGINE,
		.group = FIO_OPT_G_INVALID,
		.type = FIO_OPT_STR_SET,
		.help = "The same as vblk_wait=spin",
	},
	{
		OPTION("spin", "Longest spin of a hybrid wait"),
		AT(spin),
		.type = FIO_OPT_STR_STORE,
		.help = "The longest a hybrid wait spins before it sleeps; microseconds unless it "
			"has a unit",
		.def = "50us",
	},
	{
		OPTION("trim", "What a trim sends"),
		AT(trim),
		.type = FIO_OPT_STR,
		.help = "The request that a trim is",
		.def = "discard",
		.posval =
			{
				{.ival = "discard",
				 .oval = VBLK_TRIM_DISCARD,
				 .help = "DISCARD: the contents are not needed any more"},
				{.ival = "write_zeroes",
				 .oval = VBLK_TRIM_WRITE_ZEROES,
				 .help = "WRITE_ZEROES"},
				{.ival = "write_zeroes_unmap",
				 .oval = VBLK_TRIM_WRITE_ZEROES_UNMAP,
				 .help = "WRITE_ZEROES that may give the space back"},
				{.ival = "secure_erase",
				 .oval = VBLK_TRIM_SECURE_ERASE,
				 .help = "SECURE_ERASE: all copies of the contents are gone"},
			},
	},
	{
		OPTION("writeback", "Write cache mode"),
		AT(writeback),
		.type = FIO_OPT_STR,
		.help = "Whether the device's cache is write-back, where its driver may choose",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_SWITCH_AUTO,
				 .help = "As the device has it"},
				{.ival = "0", .oval = VBLK_SWITCH_OFF, .help = "Write-through"},
				{.ival = "1", .oval = VBLK_SWITCH_ON, .help = "Write-back"},
			},
	},
	{
		OPTION("hugepages", "Pages of the shared memory"),
		AT(hugepages),
		.type = FIO_OPT_STR,
		.help = "Pages of the memory shared with the device",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = ARENA_PAGES_AUTO,
				 .help = "2M when enough are free, else none"},
				{.ival = "none",
				 .oval = ARENA_PAGES_PLAIN,
				 .help = "No huge pages"},
				{.ival = "2M", .oval = ARENA_PAGES_2M, .help = "2 MiB pages"},
				{.ival = "1G", .oval = ARENA_PAGES_1G, .help = "1 GiB pages"},
			},
	},
	{
		OPTION("timeout", "Longest wait for a control answer"),
		AT(timeout),
		.type = FIO_OPT_STR_STORE,
		.help = "Longest wait for a control-plane answer of the back-end; seconds unless "
			"it has a unit",
		.def = "10s",
	},
	{
		OPTION("io_timeout", "Longest time without a completion"),
		AT(io_timeout),
		.type = FIO_OPT_STR_STORE,
		.help = "Fail when nothing completes for this long while requests are outstanding; "
			"0 = never; seconds unless it has a unit",
		.def = "60s",
	},
	{
		OPTION("reconnect", "How long to try to reach a lost back-end"),
		AT(reconnect),
		.type = FIO_OPT_STR_STORE,
		.help = "Keep trying to reach a back-end that went away for this long; 0 = fail at "
			"once; seconds unless it has a unit",
		.def = "0",
	},
	{
		OPTION("inflight", "Inflight region"),
		AT(inflight),
		.type = FIO_OPT_STR,
		.help = "Have the back-end note its requests in a region that survives it, and go on "
			"from there when it comes back",
		.def = "0",
		.posval =
			{
				{.ival = "0", .oval = 0, .help = "No"},
				{.ival = "1", .oval = 1, .help = "Yes, an error if it is not offered"},
			},
	},
	{
		OPTION("poison", "Overwrite read buffers"),
		AT(poison),
		.type = FIO_OPT_STR,
		.help = "Overwrite read buffers before submission, so that a device which "
			"transfers nothing is caught",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_SWITCH_AUTO,
				 .help = "In jobs that verify"},
				{.ival = "0", .oval = VBLK_SWITCH_OFF, .help = "Never"},
				{.ival = "1", .oval = VBLK_SWITCH_ON, .help = "Always"},
			},
	},
	{
		OPTION("strict", "Deviations of the device are fatal"),
		AT(strict),
		.type = FIO_OPT_STR,
		.help = "Whether what the device does against the specification is an error where "
			"it endangers neither data nor driver",
		.def = "0",
		.posval =
			{
				{.ival = "0", .oval = 0, .help = "It is counted or gone past"},
				{.ival = "1", .oval = 1, .help = "It is an error"},
			},
	},
	{
		OPTION("stats", "Statistics file"),
		AT(stats),
		.type = FIO_OPT_STR_STORE,
		.help = "Append lines of JSON to this file: what was agreed on with each device, "
			"notes, and one per queue when the job ends",
	},
	{
		OPTION("notes", "Where notes go"),
		AT(notes),
		.type = FIO_OPT_STR,
		.help = "Where what is no error is told, beside vblk_stats",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_NOTES_AUTO,
				 .help = "On fio's log, unless its report is machine-readable"},
				{.ival = "stderr",
				 .oval = VBLK_NOTES_STDERR,
				 .help = "On standard error if it is"},
			},
	},
	{
		.name = NULL,
	},
};
