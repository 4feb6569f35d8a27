/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "t/fake-backend/fault.h"
#include "t/fake-backend/options.h"

struct name {
	const char *name;
	unsigned int bit;
};

static const struct name feature_names[] = {
	{ "size_max", VIRTIO_BLK_F_SIZE_MAX },
	{ "seg_max", VIRTIO_BLK_F_SEG_MAX },
	{ "geometry", VIRTIO_BLK_F_GEOMETRY },
	{ "ro", VIRTIO_BLK_F_RO },
	{ "blk_size", VIRTIO_BLK_F_BLK_SIZE },
	{ "flush", VIRTIO_BLK_F_FLUSH },
	{ "topology", VIRTIO_BLK_F_TOPOLOGY },
	{ "config_wce", VIRTIO_BLK_F_CONFIG_WCE },
	{ "mq", VIRTIO_BLK_F_MQ },
	{ "discard", VIRTIO_BLK_F_DISCARD },
	{ "write_zeroes", VIRTIO_BLK_F_WRITE_ZEROES },
	{ "secure_erase", VIRTIO_BLK_F_SECURE_ERASE },
	{ "indirect_desc", VIRTIO_RING_F_INDIRECT_DESC },
	{ "event_idx", VIRTIO_RING_F_EVENT_IDX },
	{ "protocol_features", VHOST_USER_F_PROTOCOL_FEATURES },
	{ "version_1", VIRTIO_F_VERSION_1 },
	{ "access_platform", VIRTIO_F_ACCESS_PLATFORM },
	{ "iommu_platform", VIRTIO_F_ACCESS_PLATFORM },
	{ "ring_packed", VIRTIO_F_RING_PACKED },
	{ "in_order", VIRTIO_F_IN_ORDER },
	{ "order_platform", VIRTIO_F_ORDER_PLATFORM },
	{ NULL, 0 },
};

static const struct name protocol_feature_names[] = {
	{ "mq", PROTOCOL_F_MQ },
	{ "reply_ack", PROTOCOL_F_REPLY_ACK },
	{ "config", PROTOCOL_F_CONFIG },
	{ "inflight_shmfd", PROTOCOL_F_INFLIGHT_SHMFD },
	{ "reset_device", PROTOCOL_F_RESET_DEVICE },
	{ "configure_mem_slots", PROTOCOL_F_CONFIGURE_MEM_SLOTS },
	{ "status", PROTOCOL_F_STATUS },
	{ NULL, 0 },
};

#define DEFAULT_FEATURES                                                                    \
	(BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | \
	 BIT(VIRTIO_BLK_F_TOPOLOGY) | BIT(VIRTIO_BLK_F_CONFIG_WCE) | BIT(VIRTIO_BLK_F_MQ) | \
	 BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES) |                       \
	 BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) |                  \
	 BIT(VHOST_USER_F_PROTOCOL_FEATURES) | BIT(VIRTIO_F_VERSION_1) |                    \
	 BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_IN_ORDER))

#define DEFAULT_PROTOCOL_FEATURES                                                  \
	(BIT(PROTOCOL_F_MQ) | BIT(PROTOCOL_F_REPLY_ACK) | BIT(PROTOCOL_F_CONFIG) | \
	 BIT(PROTOCOL_F_INFLIGHT_SHMFD) | BIT(PROTOCOL_F_CONFIGURE_MEM_SLOTS) |    \
	 BIT(PROTOCOL_F_STATUS))

static const char usage[] =
	"usage: fake-backend --socket PATH [OPTION]...\n"
	"A strict vhost-user-blk back-end in memory, which commits faults on request.\n"
	"\n"
	"  --socket PATH            path of the socket to listen on\n"
	"  --log FILE               append a line to FILE for each message and event\n"
	"  --log-requests           also log each request\n"
	"  --one-connection         exit after the first connection\n"
	"  --poll                   poll the rings and ask for no kicks\n"
	"\n"
	"  --size BYTES             capacity, with suffix K, M or G (default 64M)\n"
	"  --queues N               number of queues (default 4)\n"
	"  --features LIST          change the offered features: +name,-name,... or +bit,-bit,... or -all\n"
	"  --protocol-features LIST change the offered protocol features, with the same syntax\n"
	"  --block-size BYTES       blk_size (default 512)\n"
	"  --seg-max N              seg_max (default 126)\n"
	"  --size-max BYTES         size_max, if the feature is offered (default 1M)\n"
	"  --id TEXT                device id, up to 20 bytes (default fake-backend)\n"
	"  --mem-slots N            number of memory slots (default 32)\n"
	"  --max-queue-size N       refuse a larger SET_VRING_NUM (default 1024)\n"
	"  --config-size N          size of the configuration space in bytes (default 60)\n"
	"  --config-exact           send an empty reply if GET_CONFIG does not ask for exactly this size\n"
	"\n"
	"faults at every request:\n"
	"  --no-data                transfer no data\n"
	"  --no-status              do not write the status byte\n"
	"  --status N               write the status N\n"
	"  --short-used             report a used length of 0\n"
	"  --long-used              include the device-readable data in the used length\n"
	"the N-th request (where N is optional, the default is 1):\n"
	"  --fail-request N         fails with an I/O error\n"
	"  --stall-request N        is never completed\n"
	"  --die-at-request N       kills the back-end (exit status 4)\n"
	"  --close-at-request N     closes the connection\n"
	"  --forget-signal N        is completed without a signal\n"
	"  --bad-used-id[=N]        is completed with an id outside the ring\n"
	"  --len-too-large[=N]      is completed with a used length larger than its writable buffers\n"
	"  --double-complete[=N]    is completed twice\n"
	"  --used-jump[=N]          is completed, and the used index advances by more than the ring size\n"
	"  --used-back[=N]          is completed, and then the used index goes back\n"
	"  --flip-wrap[=N]          is completed, on a packed ring, with the wrong wrap counter\n"
	"  --garbage-event[=N]      is completed, and then the device's event suppression becomes invalid\n"
	"  --shrink-memory[=N]      truncates the shared memory to size 0 (exit status 4 if possible)\n"
	"a message (MESSAGE is GET_FEATURES, SET_VRING_NUM, ...; MESSAGE:N is the N-th on a connection):\n"
	"  --nack MESSAGE           is refused\n"
	"  --stall-at MESSAGE       gets no reply, and later messages get no reply either\n"
	"  --close-at MESSAGE       gets no reply, and the connection is closed\n"
	"  --truncate-at MESSAGE    gets half a reply, and the connection is closed\n"
	"  --cut-payload-at MESSAGE gets a reply with half its payload, and the connection is closed\n"
	"  --half-header-at MESSAGE gets half a reply header, and later messages get no reply\n"
	"  --header-only-at MESSAGE gets only a reply header, and later messages get no reply\n"
	"  --wrong-reply-at MESSAGE gets a reply with another request number\n"
	"  --no-reply-flag-at MESSAGE\n"
	"                           gets a reply without the reply flag\n"
	"  --wrong-version-at MESSAGE\n"
	"                           gets a reply with another version\n"
	"  --wrong-size-at MESSAGE  gets a reply that is 4 bytes too long\n"
	"  --empty-reply-at MESSAGE gets a reply without payload\n"
	"  --huge-reply-at MESSAGE  gets a reply with a payload of 4096 bytes\n"
	"  --extra-fd-at MESSAGE    gets a reply with one file descriptor too many\n"
	"  --missing-fd-at MESSAGE  gets a reply without its file descriptor\n"
	"  --garbage-at MESSAGE     gets garbage before its reply\n"
	"  --repeat-reply-at MESSAGE\n"
	"                           gets its reply twice\n"
	"  --unasked-reply-at MESSAGE\n"
	"                           is followed by a surplus reply\n"
	"  --split-reply-at MESSAGE gets its reply byte by byte\n"
	"  --split-replies          send all replies in pieces of 5 bytes\n";

enum {
	OPT_SOCKET = 256,
	OPT_LOG,
	OPT_LOG_REQUESTS,
	OPT_ONE_CONNECTION,
	OPT_POLL,
	OPT_SIZE,
	OPT_QUEUES,
	OPT_FEATURES,
	OPT_PROTOCOL_FEATURES,
	OPT_BLOCK_SIZE,
	OPT_SEG_MAX,
	OPT_SIZE_MAX,
	OPT_ID,
	OPT_MEM_SLOTS,
	OPT_MAX_QUEUE_SIZE,
	OPT_CONFIG_SIZE,
	OPT_CONFIG_EXACT,
	OPT_NO_DATA,
	OPT_NO_STATUS,
	OPT_STATUS,
	OPT_SHORT_USED,
	OPT_LONG_USED,
	OPT_SPLIT_REPLIES,
	OPT_HELP,
	/* base values for enum fake_message_fault and enum fake_request_fault */
	OPT_MESSAGE_FAULT = 512,
	OPT_REQUEST_FAULT = 1024,
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "log-requests", no_argument, NULL, OPT_LOG_REQUESTS },
	{ "one-connection", no_argument, NULL, OPT_ONE_CONNECTION },
	{ "poll", no_argument, NULL, OPT_POLL },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "queues", required_argument, NULL, OPT_QUEUES },
	{ "features", required_argument, NULL, OPT_FEATURES },
	{ "protocol-features", required_argument, NULL, OPT_PROTOCOL_FEATURES },
	{ "block-size", required_argument, NULL, OPT_BLOCK_SIZE },
	{ "seg-max", required_argument, NULL, OPT_SEG_MAX },
	{ "size-max", required_argument, NULL, OPT_SIZE_MAX },
	{ "id", required_argument, NULL, OPT_ID },
	{ "mem-slots", required_argument, NULL, OPT_MEM_SLOTS },
	{ "max-queue-size", required_argument, NULL, OPT_MAX_QUEUE_SIZE },
	{ "config-size", required_argument, NULL, OPT_CONFIG_SIZE },
	{ "config-exact", no_argument, NULL, OPT_CONFIG_EXACT },
	{ "no-data", no_argument, NULL, OPT_NO_DATA },
	{ "no-status", no_argument, NULL, OPT_NO_STATUS },
	{ "status", required_argument, NULL, OPT_STATUS },
	{ "short-used", no_argument, NULL, OPT_SHORT_USED },
	{ "long-used", no_argument, NULL, OPT_LONG_USED },
	{ "split-replies", no_argument, NULL, OPT_SPLIT_REPLIES },
	{ "help", no_argument, NULL, OPT_HELP },

#define X(fault, option) { option, required_argument, NULL, OPT_MESSAGE_FAULT + FAULT_##fault },
	FAKE_MESSAGE_FAULT_LIST(X)
#undef X

		{ "fail-request", required_argument, NULL, OPT_REQUEST_FAULT + FAULT_FAIL },
	{ "stall-request", required_argument, NULL, OPT_REQUEST_FAULT + FAULT_STALL_REQUEST },
	{ "die-at-request", required_argument, NULL, OPT_REQUEST_FAULT + FAULT_DIE },
	{ "close-at-request", required_argument, NULL, OPT_REQUEST_FAULT + FAULT_CLOSE_REQUEST },
	{ "forget-signal", required_argument, NULL, OPT_REQUEST_FAULT + FAULT_FORGET_SIGNAL },
	{ "bad-used-id", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_BAD_USED_ID },
	{ "len-too-large", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_LEN_TOO_LARGE },
	{ "double-complete", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_DOUBLE_COMPLETE },
	{ "used-jump", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_USED_JUMP },
	{ "used-back", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_USED_BACK },
	{ "flip-wrap", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_FLIP_WRAP },
	{ "garbage-event", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_GARBAGE_EVENT },
	{ "shrink-memory", optional_argument, NULL, OPT_REQUEST_FAULT + FAULT_SHRINK_MEMORY },
	{ NULL, 0, NULL, 0 },
};

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *fmt, ...)
{
	va_list ap;

	fputs("fake-backend: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(2);
}

static uint64_t number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	unsigned long long n;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	switch (*end) {
	case 'G':
		shift += 10; /* fall through */
	case 'M':
		shift += 10; /* fall through */
	case 'K':
		shift += 10;
		end++;
	}
	if (end == text || *end || errno || *text == '-' || n << shift >> shift != n)
		refuse("--%s: '%s' is not a number", option, text);
	n <<= shift;
	if (n < min || n > max)
		refuse("--%s: %s is not between %llu and %llu", option, text,
		       (unsigned long long)min, (unsigned long long)max);
	return n;
}

static uint64_t change_bits(uint64_t bits, const struct name *names, const char *option, char *list)
{
	char *save, *item;

	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		const struct name *n = names;
		uint64_t mask;

		if (*item != '+' && *item != '-')
			refuse("--%s: '%s' must start with + or -", option, item);
		while (n->name && strcmp(n->name, item + 1))
			n++;
		if (!strcmp(item + 1, "all"))
			mask = UINT64_MAX;
		else
			mask = BIT(n->name ? n->bit : number(option, item + 1, 0, 63));
		bits = *item == '+' ? bits | mask : bits & ~mask;
	}
	return bits;
}

static void parse(struct fake_options *opt, int c, const char *name, char *arg)
{
	if (c >= OPT_REQUEST_FAULT) {
		opt->request_at[c - OPT_REQUEST_FAULT] = arg ? number(name, arg, 1, UINT64_MAX) : 1;
		return;
	}
	if (c >= OPT_MESSAGE_FAULT) {
		if (!fake_fault_parse(&opt->fault_at[c - OPT_MESSAGE_FAULT], arg))
			refuse("--%s: '%s' is not a valid message", name, arg);
		return;
	}

	switch (c) {
	case OPT_SOCKET:
		opt->socket = arg;
		break;
	case OPT_LOG:
		opt->log = arg;
		break;
	case OPT_LOG_REQUESTS:
		opt->log_requests = true;
		break;
	case OPT_ONE_CONNECTION:
		opt->one_connection = true;
		break;
	case OPT_POLL:
		opt->poll = true;
		break;
	case OPT_SIZE:
		opt->size_bytes = number(name, arg, 512, 1ULL << 40) & ~511ULL;
		break;
	case OPT_QUEUES:
		opt->queues = (uint32_t)number(name, arg, 1, FAKE_MAX_QUEUES);
		break;
	case OPT_FEATURES:
		opt->features = change_bits(opt->features, feature_names, name, arg);
		break;
	case OPT_PROTOCOL_FEATURES:
		opt->protocol_features =
			change_bits(opt->protocol_features, protocol_feature_names, name, arg);
		break;
	case OPT_BLOCK_SIZE:
		opt->block_size_bytes = (uint32_t)number(name, arg, 0, UINT32_MAX);
		break;
	case OPT_SEG_MAX:
		opt->seg_max = (uint32_t)number(name, arg, 0, UINT32_MAX);
		break;
	case OPT_SIZE_MAX:
		opt->size_max_bytes = (uint32_t)number(name, arg, 0, UINT32_MAX);
		break;
	case OPT_ID:
		if (strlen(arg) > VIRTIO_BLK_ID_BYTES)
			refuse("--%s: longer than %d bytes", name, VIRTIO_BLK_ID_BYTES);
		opt->id = arg;
		break;
	case OPT_MEM_SLOTS:
		opt->mem_slots = (uint32_t)number(name, arg, 0, FAKE_MAX_REGIONS);
		break;
	case OPT_MAX_QUEUE_SIZE:
		opt->max_queue_size = (uint32_t)number(name, arg, 1, 32768);
		break;
	case OPT_CONFIG_SIZE:
		opt->config_bytes = (uint32_t)number(name, arg, 0, FAKE_MAX_CONFIG_BYTES);
		break;
	case OPT_CONFIG_EXACT:
		opt->config_exact = true;
		break;
	case OPT_NO_DATA:
		opt->no_data = true;
		break;
	case OPT_NO_STATUS:
		opt->no_status = true;
		break;
	case OPT_STATUS:
		opt->status = (int)number(name, arg, 0, 255);
		break;
	case OPT_SHORT_USED:
		opt->short_used = true;
		break;
	case OPT_LONG_USED:
		opt->long_used = true;
		break;
	case OPT_SPLIT_REPLIES:
		opt->split_replies = true;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		exit(2);
	}
}

void fake_default_options(struct fake_options *opt)
{
	*opt = (struct fake_options){
		.size_bytes = 64 << 20,
		.features = DEFAULT_FEATURES,
		.protocol_features = DEFAULT_PROTOCOL_FEATURES,
		.queues = 4,
		.block_size_bytes = 512,
		.seg_max = 126,
		.size_max_bytes = 1 << 20,
		.id = "fake-backend",
		.mem_slots = 32,
		.config_bytes = 60,
		.max_queue_size = 1024,
		.status = -1,
	};
}

void fake_parse_options(struct fake_options *opt, int argc, char **argv)
{
	int c, index = 0;

	fake_default_options(opt);
	while ((c = getopt_long(argc, argv, "", long_options, &index)) != -1)
		parse(opt, c, long_options[index].name, optarg);
	if (optind < argc)
		refuse("'%s' is not an option", argv[optind]);
	if (!opt->socket)
		refuse("--socket is missing");
}
