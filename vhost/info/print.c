// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "vhost/info/print.h"
#include "virtq/base.h"

#define LABEL_WIDTH 24

static FILE *out;

/* Print a string or a number. */
static void print_word(const json_t *value)
{
	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Print a size in bytes, and in the largest binary unit that does not exceed the size. */
static void print_size(const json_t *value)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t bytes = (uint64_t)json_integer_value(value), unit = 1;
	unsigned int i = 0;

	fprintf(out, "%" PRIu64 " bytes", bytes);
	while (i + 1 < ARRAY_SIZE(units) && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	if (!i)
		return;
	if (bytes % unit)
		fprintf(out, " (%.1f %s)", (double)bytes / (double)unit, units[i]);
	else
		fprintf(out, " (%" PRIu64 " %s)", bytes / unit, units[i]);
}

/* Print a list of feature names, with numbers for features without a name. */
static void print_list(const json_t *value)
{
	size_t i;

	if (!json_array_size(value))
		fputs("none", out);
	for (i = 0; i < json_array_size(value); i++) {
		fputs(i ? ", " : "", out);
		print_word(json_array_get(value, i));
	}
}

/* Print the names of unused features; adjacent features with equal reasons share one reason. */
static void print_reasons(const json_t *value)
{
	const char *last = NULL;
	size_t i;

	if (!json_array_size(value))
		fputs("none", out);
	for (i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const char *reason = word(item, "reason");

		if (last && strcmp(last, reason))
			fprintf(out, ": %s; ", last);
		else if (last)
			fputs(", ", out);
		print_word(json_object_get(item, "name"));
		last = reason;
	}
	if (last)
		fprintf(out, ": %s", last);
}

static void print_ranges(const json_t *value)
{
	size_t i;

	for (i = 0; i < json_array_size(value); i++)
		fprintf(out, "%s0x%llx to 0x%llx", i ? ", " : "",
			(unsigned long long)number(json_array_get(value, i), "first"),
			(unsigned long long)number(json_array_get(value, i), "last"));
}

static void print_yes_no(const json_t *value)
{
	fputs(json_is_true(value) ? "yes" : "no", out);
}

static void print_range(const json_t *value)
{
	const json_t *unmap = json_object_get(value, "may_unmap");
	const json_t *alignment = json_object_get(value, "alignment_bytes");

	fprintf(out, "at most %" JSON_INTEGER_FORMAT " segment%s of ",
		number(value, "max_segments"), number(value, "max_segments") == 1 ? "" : "s");
	print_size(json_object_get(value, "max_bytes"));
	if (alignment) {
		fputs(", aligned to ", out);
		print_size(alignment);
	}
	if (unmap)
		fprintf(out, ", %s", json_is_true(unmap) ? "may unmap" : "never unmaps");
}

static void print_cache(const json_t *value)
{
	fprintf(out, "%s, the driver can%s choose", word(value, "mode"),
		json_is_true(json_object_get(value, "driver_can_choose")) ? "" : "not");
}

static void print_id(const json_t *value)
{
	fprintf(out, "\"%s\"", json_string_value(value));
}

/* Print the meaning and the value of a code in the lifetime information. */
static void print_code(const json_t *value)
{
	fprintf(out, "%s (%" JSON_INTEGER_FORMAT ")", word(value, "meaning"),
		number(value, "value"));
}

/* Print the names and values of all counts that are not 0. */
static void print_counts(const json_t *value)
{
	const char *name, *comma = "";
	const json_t *count;

	json_object_foreach((json_t *)value, name, count)
	{
		if (!json_integer_value(count))
			continue;
		fprintf(out, "%s%" JSON_INTEGER_FORMAT " %s", comma, json_integer_value(count),
			name);
		comma = ", ";
	}
}

/**
 * struct row - one line of the output
 * @label: text at the start of the line
 * @path: member of the JSON tree, as "member" or "object.member"
 * @print: prints the value of the member; NULL = the members of the object have lines of their own
 * @null: printed if the member is null
 *
 * If the member is missing, its value could not be found out and the line says "not known". If the
 * object of "object.member" is missing or null, there is no line.
 */
static const struct row {
	const char *label;
	const char *path;
	void (*print)(const json_t *value);
	const char *null;
} rows[] = {
	{ "device", "path", print_word, NULL },
	{ "transport", "transport", print_word, NULL },
	{ "features offered", "features.offered", print_list, NULL },
	{ "features usable", "features.usable", print_list, NULL },
	{ "features unused", "features.unused", print_reasons, NULL },
	{ "features not offered", "features.not_offered", print_list, NULL },
	{ "protocol offered", "protocol_features.offered", print_list, NULL },
	{ "protocol used", "protocol_features.used", print_list, NULL },
	{ "protocol unused", "protocol_features.unused", print_reasons, NULL },
	{ "queues", "queues", print_word, NULL },
	{ "memory slots", "memory_slots", print_word, "not reported" },
	{ "I/O addresses", "iova_ranges", print_ranges, "any" },
	{ "IOMMU interface", "pci.iommu_interface", print_word, NULL },
	{ "IOMMU group", "pci.iommu_group", print_word, NULL },
	{ "interrupt vectors", "pci.vectors", print_word, NULL },
	{ "capacity", "capacity_bytes", print_size, NULL },
	{ "logical block", "logical_block_bytes", print_size, NULL },
	{ "physical block", "physical_block_bytes", print_size, "not reported" },
	{ "alignment offset", "alignment_offset_bytes", print_size, "not reported" },
	{ "minimal I/O", "min_io_bytes", print_size, "not reported" },
	{ "optimal I/O", "opt_io_bytes", print_size, "not reported" },
	{ "segments of a request", "limits.seg_max", print_word, "no limit" },
	{ "size of a segment", "limits.size_max_bytes", print_size, "no limit" },
	{ "discard", "limits.discard", print_range, "not usable" },
	{ "write zeroes", "limits.write_zeroes", print_range, "not usable" },
	{ "secure erase", "limits.secure_erase", print_range, "not usable" },
	{ "read-only", "read_only", print_yes_no, NULL },
	{ "cache", "cache", print_cache, NULL },
	{ "id", "id", print_id, "not offered" },
	{ "lifetime", "lifetime", NULL, "not offered" },
	{ "lifetime, pre-EOL", "lifetime.pre_eol_info", print_code, NULL },
	{ "lifetime, type A", "lifetime.device_lifetime_est_typ_a", print_code, NULL },
	{ "lifetime, type B", "lifetime.device_lifetime_est_typ_b", print_code, NULL },
	{ "zones", "zones", NULL, "none" },
	{ "zoned model", "zones.model", print_word, NULL },
	{ "zones", "zones.count", print_word, NULL },
	{ "zone size", "zones.zone_bytes", print_size, NULL },
	{ "zones open at a time", "zones.max_open", print_word, "no limit" },
	{ "zones active at a time", "zones.max_active", print_word, "no limit" },
	{ "write granularity", "zones.write_granularity_bytes", print_size, NULL },
	{ "zone append", "zones.max_append_bytes", print_size, "not offered" },
	{ "zone types", "zones.types", print_counts, NULL },
	{ "zone states", "zones.states", print_counts, NULL },
};

static void print_row(const struct row *row, const json_t *facts)
{
	const char *dot = strchr(row->path, '.');
	const json_t *value;

	if (dot) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - row->path), row->path);
		facts = json_object_get(facts, name);
		if (!json_is_object(facts))
			return;
	}
	value = json_object_get(facts, dot ? dot + 1 : row->path);
	if (!row->print && json_is_object(value))
		return;
	fprintf(out, "%-*s", LABEL_WIDTH, row->label);
	if (!value)
		fputs("not known", out);
	else if (json_is_null(value))
		fputs(row->null, out);
	else
		row->print(value);
	fputc('\n', out);
}

static void print_zone(size_t index, const json_t *zone)
{
	const json_t *wp = json_object_get(zone, "write_pointer_bytes");

	fprintf(out,
		"zone %zu: %s, %s, start %" JSON_INTEGER_FORMAT ", length %" JSON_INTEGER_FORMAT
		", capacity %" JSON_INTEGER_FORMAT,
		index, word(zone, "type"), word(zone, "state"), number(zone, "start_bytes"),
		number(zone, "bytes"), number(zone, "capacity_bytes"));
	if (json_is_integer(wp))
		fprintf(out, ", write pointer %" JSON_INTEGER_FORMAT, json_integer_value(wp));
	fputc('\n', out);
}

/**
 * info_print - print the facts as text, one line for each
 * @facts: tree from info_facts() and info_query_device()
 * @to: stream to print to
 */
void info_print(const json_t *facts, FILE *to)
{
	const json_t *list = json_object_get(json_object_get(facts, "zones"), "list");
	size_t i;

	out = to;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		print_row(&rows[i], facts);
	for (i = 0; i < json_array_size(list); i++)
		print_zone(i, json_array_get(list, i));
}
