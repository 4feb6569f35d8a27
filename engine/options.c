// SPDX-License-Identifier: GPL-2.0-only
#include "engine/options.h"
#include "vhost/transport/arena.h"
#include "vhost/transport/kinds.h"

#define OPTION(option, label)                                                 \
	.name = "vblk_" option, .lname = label, .category = FIO_OPT_C_ENGINE, \
	.group = FIO_OPT_G_INVALID

#define AT(field) .off1 = offsetof(struct vblk_options, field)

/* Entry of the list of values of vblk_transport. */
#define TRANSPORT_VALUE(id, ops, name, text) { .ival = name, .oval = TRANSPORT_##id, .help = text },

struct fio_option vblk_option_table[] = {
	{
		OPTION("transport", "Transport"),
		AT(transport),
		.type = FIO_OPT_STR,
		.help = "Transport that the device is reached with",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = TRANSPORT_ANY,
				 .help = "Selected by the type of the file"},
				TRANSPORT_KINDS(TRANSPORT_VALUE)
			},
	},
	{
		OPTION("queue_size", "Ring size"),
		AT(queue_size),
		.type = FIO_OPT_INT,
		.help = "Number of ring entries, a power of two for split rings; 0 = 256, or more if iodepth needs them, or fewer if the device does not support a ring of that size",
		.def = "0",
	},
	{
		OPTION("queues", "Number of queues"),
		AT(queues),
		.type = FIO_OPT_INT,
		.help = "Number of queues to create; 0 = as many as the jobs need",
		.def = "0",
	},
	{
		OPTION("share", "Jobs share queues"),
		AT(share),
		.type = FIO_OPT_STR,
		.help = "Whether several jobs may use one queue at the same time",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_SWITCH_AUTO,
				 .help = "If there are fewer queues than jobs"},
				{.ival = "0",
				 .oval = VBLK_SWITCH_OFF,
				 .help = "Never: refuse jobs for which there are too few queues"},
				{.ival = "1",
				 .oval = VBLK_SWITCH_ON,
				 .help = "Always: use vblk_queues queues, 1 by default"},
			},
	},
	{
		OPTION("queue", "Queue of this job"),
		AT(queue),
		.type = FIO_OPT_INT,
		.help = "Index of the queue that this job uses, counted from 0; -1 = assigned in the order of the jobs",
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
			  .help = "Packed if the device offers it, otherwise split" },
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
		.help = "Features to require (+name) or forbid (-name), separated by commas, by their names in the specification, in lower case",
	},
	{
		OPTION("segments", "Data descriptors per transfer"),
		AT(segments),
		.type = FIO_OPT_INT,
		.help = "Number of data descriptors for each read and write",
		.def = "1",
	},
	{
		OPTION("wait", "Wait mode"),
		AT(wait),
		.type = FIO_OPT_STR,
		.help = "How the job waits for completions",
		.def = "hybrid",
		.posval =
			{
				{.ival = "spin",
				 .oval = VBLK_WAIT_SPIN,
				 .help = "Check the ring continuously"},
				{.ival = "block",
				 .oval = VBLK_WAIT_BLOCK,
				 .help = "Sleep until the device sends a notification"},
				{.ival = "hybrid",
				 .oval = VBLK_WAIT_HYBRID,
				 .help = "Spin for as long as spinning is likely to succeed, then sleep"},
			},
	},
	{
		.name = "hipri",
		.lname = "High priority",
		AT(hipri),
		.category = FIO_OPT_C_ENGINE,
		.group = FIO_OPT_G_INVALID,
		.type = FIO_OPT_STR_SET,
		.help = "Same as vblk_wait=spin",
	},
	{
		OPTION("spin", "Spin limit of a hybrid wait"),
		AT(spin),
		.type = FIO_OPT_STR_STORE,
		.help = "Longest time that a hybrid wait spins before it sleeps; in microseconds unless a unit is given",
		.def = "50us",
	},
	{
		OPTION("trim", "Request of a trim"),
		AT(trim),
		.type = FIO_OPT_STR,
		.help = "Request that a trim sends",
		.def = "discard",
		.posval =
			{
				{.ival = "discard",
				 .oval = VBLK_TRIM_DISCARD,
				 .help = "DISCARD: the data is no longer needed"},
				{.ival = "write_zeroes",
				 .oval = VBLK_TRIM_WRITE_ZEROES,
				 .help = "WRITE_ZEROES: the data becomes zeroes"},
				{.ival = "write_zeroes_unmap",
				 .oval = VBLK_TRIM_WRITE_ZEROES_UNMAP,
				 .help = "WRITE_ZEROES, and the device may deallocate the space"},
				{.ival = "secure_erase",
				 .oval = VBLK_TRIM_SECURE_ERASE,
				 .help = "SECURE_ERASE: the device erases all copies of the data"},
			},
	},
	{
		OPTION("writeback", "Write cache mode"),
		AT(writeback),
		.type = FIO_OPT_STR,
		.help = "Mode of the device's write cache; 0 and 1 need a device that lets the driver choose the mode",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_SWITCH_AUTO,
				 .help = "Leave the mode unchanged"},
				{.ival = "0", .oval = VBLK_SWITCH_OFF, .help = "Write-through"},
				{.ival = "1", .oval = VBLK_SWITCH_ON, .help = "Write-back"},
			},
	},
	{
		OPTION("hugepages", "Huge pages"),
		AT(hugepages),
		.type = FIO_OPT_STR,
		.help = "Size of the huge pages for the memory that is shared with the device",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = ARENA_PAGES_AUTO,
				 .help = "2M if enough huge pages are free, otherwise none"},
				{.ival = "none",
				 .oval = ARENA_PAGES_PLAIN,
				 .help = "No huge pages"},
				{.ival = "2M", .oval = ARENA_PAGES_2M, .help = "2 MiB pages"},
				{.ival = "1G", .oval = ARENA_PAGES_1G, .help = "1 GiB pages"},
			},
	},
	{
		OPTION("timeout", "Timeout of control messages"),
		AT(timeout),
		.type = FIO_OPT_STR_STORE,
		.help = "Longest wait for an answer to a control message; in seconds unless a unit is given",
		.def = "10s",
	},
	{
		OPTION("io_timeout", "Timeout of requests"),
		AT(io_timeout),
		.type = FIO_OPT_STR_STORE,
		.help = "Fail if requests are outstanding and none completes for this long; 0 = never; in seconds unless a unit is given",
		.def = "60s",
	},
	{
		OPTION("reconnect", "Time to reconnect"),
		AT(reconnect),
		.type = FIO_OPT_STR_STORE,
		.help = "How long to try to reconnect to a vhost-user back-end that went away; 0 = fail immediately; in seconds unless a unit is given",
		.def = "0",
	},
	{
		OPTION("inflight", "Inflight region"),
		AT(inflight),
		.type = FIO_OPT_STR,
		.help = "Let the back-end record its requests in a memory region that outlives the back-end, so that its next instance can continue with them",
		.def = "0",
		.posval =
			{
				{.ival = "0", .oval = 0, .help = "No"},
				{.ival = "1", .oval = 1, .help = "Yes, an error if the back-end does not support it"},
			},
	},
	{
		OPTION("poison", "Overwrite read buffers"),
		AT(poison),
		.type = FIO_OPT_STR,
		.help = "Overwrite the buffer of each read before submission, to detect a device that transfers no data",
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
		OPTION("strict", "Strict conformance"),
		AT(strict),
		.type = FIO_OPT_STR,
		.help = "Whether a harmless deviation of the device from the specification is an error",
		.def = "0",
		.posval =
			{
				{.ival = "0", .oval = 0, .help = "No; the deviation is ignored or counted"},
				{.ival = "1", .oval = 1, .help = "Yes; in addition, no request of fio is split"},
			},
	},
	{
		OPTION("stats", "Statistics file"),
		AT(stats),
		.type = FIO_OPT_STR_STORE,
		.help = "Append lines of JSON to this file: one for each device when it has started, one for each note, and one for each queue of a job when the job ends",
	},
	{
		OPTION("notes", "Destination of notes"),
		AT(notes),
		.type = FIO_OPT_STR,
		.help = "Where notes (messages that are not errors) go, in addition to vblk_stats",
		.def = "auto",
		.posval =
			{
				{.ival = "auto",
				 .oval = VBLK_NOTES_AUTO,
				 .help = "fio's log, or nowhere if fio's report is JSON or terse"},
				{.ival = "stderr",
				 .oval = VBLK_NOTES_STDERR,
				 .help = "Standard error if fio's report is JSON or terse, otherwise fio's log"},
			},
	},
	{
		.name = NULL,
	},
};
