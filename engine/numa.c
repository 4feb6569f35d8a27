// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "engine/numa.h"
#include "engine/run.h"
#include "vhost/transport/hugepages.h"

/**
 * enum binding - NUMA nodes that a job may take memory from
 * @ANYWHERE: any node
 * @BOUND: certain nodes only (numa_mem_policy=bind)
 * @UNKNOWN: certain nodes only, but numa_mem_policy does not list the nodes by number
 */
enum binding {
	ANYWHERE,
	BOUND,
	UNKNOWN,
};

static enum binding binding_of(const struct job_spec *spec, struct hugepages_nodes *nodes)
{
#ifdef CONFIG_LIBNUMA
	const struct thread_options *o = &spec->td->o;

	if (o->numa_mem_mode == MPOL_BIND && o->numa_memnodes && strcmp(o->numa_memnodes, "all"))
		return hugepages_parse_nodes(nodes, o->numa_memnodes) ? BOUND : UNKNOWN;
#else
	(void)spec;
	(void)nodes;
#endif
	return ANYWHERE;
}

/* Return true if a job that uses the queue may take pages from at least one of @nodes. */
static bool queue_draws_on(const struct vblk_device *device, uint32_t queue,
			   const struct hugepages_nodes *nodes)
{
	const struct vblk_run *run = device->group->run;
	struct hugepages_nodes others;
	size_t i;

	for (i = 0; i < run->njobs; i++)
		if (device->assignments[i].uses && device->assignments[i].queue == (int)queue &&
		    (binding_of(&run->jobs[i], &others) != BOUND ||
		     hugepages_share_nodes(&others, nodes)))
			return true;
	return false;
}

/* Return the number of pages that the jobs of a group may take from @nodes. A page that several
 * small queues share is counted once. */
static size_t pages_wanted(const struct arena_group *group, size_t page_bytes,
			   const struct hugepages_nodes *nodes)
{
	const struct vblk_run *run = group->run;
	size_t pages = 0, next = 0, i;
	uint32_t n;

	for (i = 0; i < run->ndevices; i++) {
		const struct vblk_device *device = run->devices[i];

		if (device->group != group || device->failed)
			continue;
		for (n = 0; n < device->nqueues; n++) {
			const struct queue_layout *layout = &device->layouts[n];
			size_t first = layout->rings / page_bytes;
			size_t end = (layout->end - 1) / page_bytes + 1;

			if (!queue_draws_on(device, n, nodes))
				continue;
			first = first > next ? first : next;
			pages += end > first ? end - first : 0;
			next = end;
		}
	}
	return pages;
}

static bool uses_group(size_t job, const struct arena_group *group)
{
	const struct vblk_run *run = group->run;
	size_t i;

	for (i = 0; i < run->ndevices; i++)
		if (run->devices[i]->group == group && !run->devices[i]->failed &&
		    run->devices[i]->assignments[job].uses)
			return true;
	return false;
}

/**
 * numa_check - check if there are enough free huge pages on the nodes to which jobs are bound
 * @group: group of devices; the memory of their queues has been laid out
 * @page_bytes: page size
 * @error: set if the function returns false
 *
 * mmap() reserves pages on any node of the machine. A job that is bound to nodes without a free
 * page is killed when it touches the memory. Returns true if there are enough pages.
 */
bool numa_check(const struct arena_group *group, size_t page_bytes, struct error *error)
{
	const struct vblk_run *run = group->run;
	struct hugepages_nodes nodes;
	size_t wanted, has, i;

	for (i = 0; i < run->njobs; i++) {
		enum binding binding = binding_of(&run->jobs[i], &nodes);

		if (binding == ANYWHERE || !uses_group(i, group))
			continue;
		if (binding == UNKNOWN) {
			error_set(
				error, -EINVAL,
				"job '%s': the free huge pages on its NUMA nodes cannot be counted, because numa_mem_policy does not list the nodes by number; list them, for example numa_mem_policy=bind:0,2-3, or set vblk_hugepages=none",
				run->jobs[i].td->o.name);
			return false;
		}
		wanted = pages_wanted(group, page_bytes, &nodes);
		has = hugepages_free_on("/sys", page_bytes, &nodes);
		if (wanted <= has)
			continue;
		error_set(
			error, -ENOMEM,
			"job '%s': the jobs that may use its NUMA nodes (numa_mem_policy) need %zu huge pages of %zu MiB, but only %zu are free on these nodes; reserve more there (/sys/devices/system/node) or set vblk_hugepages=none",
			run->jobs[i].td->o.name, wanted, page_bytes >> 20, has);
		return false;
	}
	return true;
}
