// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblk-info shows what a device offers, what this driver uses of it, and why it does not use the
 * rest.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost/info/facts.h"
#include "vhost/info/json.h"
#include "vhost/info/print.h"
#include "vhost/info/requests.h"

/* Default and maximum of --timeout, the same as those of the engine's option vblk_timeout. */
#define TIMEOUT_MS     10000
#define TIMEOUT_MS_MAX (24 * 3600 * 1000)

enum { EXIT_ERROR = 1, EXIT_USAGE = 2 };

struct arguments {
	const char *path;
	unsigned int timeout_ms;
	bool json;
	bool zones;
};

static const char usage[] = "usage: vblk-info [--json] [--zones] [--timeout=SECONDS] PATH\n"
			    "Show what a virtio-blk device offers. PATH is a vhost-user socket,\n"
			    "/dev/vhost-vdpa-N, or a PCI function such as 0000:01:00.0.\n"
			    "\n"
			    "  --json             print a JSON object\n"
			    "  --zones            list every zone of a zoned device\n"
			    "  --timeout=SECONDS  longest wait for each answer (default 10)\n"
			    "  --help             print this summary\n";

static void wrong_usage(void)
{
	fputs(usage, stderr);
	exit(EXIT_USAGE);
}

static unsigned int timeout_ms(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	/* Both comparisons are false for NaN. */
	if (end == text || *end || !(seconds >= 0.001 && seconds * 1000 <= TIMEOUT_MS_MAX)) {
		fprintf(stderr,
			"vblk-info: --timeout=%s: the time must be from 0.001 to %d seconds\n",
			text, TIMEOUT_MS_MAX / 1000);
		exit(EXIT_USAGE);
	}
	return (unsigned int)(seconds * 1000 + 0.5);
}

static void parse(struct arguments *args, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "zones", no_argument, NULL, 'z' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*args = (struct arguments){ .timeout_ms = TIMEOUT_MS };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			args->json = true;
			break;
		case 'z':
			args->zones = true;
			break;
		case 't':
			args->timeout_ms = timeout_ms(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			wrong_usage();
		}
	}
	if (argc - optind != 1)
		wrong_usage();
	args->path = argv[optind];
}

static int print_error(const char *path, const char *message)
{
	fprintf(stderr, "vblk: %s: %s\n", path, message);
	return EXIT_ERROR;
}

static int print(const struct arguments *args, json_t *facts, const struct error *error)
{
	info_put(facts, "error",
		 *error->text ? info_bytes(error->text, strlen(error->text)) : json_null());
	if (args->json) {
		json_dumpf(facts, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (json_object_size(facts) > 1) {
		info_print(facts, stdout);
	}
	json_decref(facts);
	if (fflush(stdout) || ferror(stdout))
		return print_error("standard output", strerror(errno));
	return *error->text ? print_error(args->path, error->text) : 0;
}

int main(int argc, char **argv)
{
	static const struct blk_dev_options anything;
	struct info_query query;
	struct arguments args;
	struct blk_dev dev;
	json_t *facts;

	parse(&args, argc, argv);
	if (blk_dev_open(&dev, args.path, args.timeout_ms, &anything))
		return print(&args, json_object(), &dev.error);
	facts = info_facts(&dev);
	info_query_device(&query, &dev, facts, args.timeout_ms, args.zones);
	return print(&args, facts, &query.error);
}
