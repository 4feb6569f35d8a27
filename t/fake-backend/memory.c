/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "t/fake-backend/memory.h"
#include "t/fake-backend/vring.h"

static struct fake_region *find_region(struct fake *fake, uint64_t address, uint64_t len, bool user)
{
	unsigned int i;

	for (i = 0; i < fake->nregions; i++) {
		struct fake_region *r = &fake->regions[i];
		uint64_t start = user ? r->user_address : r->guest_address;

		if (address >= start && address - start <= r->size &&
		    len <= r->size - (address - start))
			return r;
	}
	return NULL;
}

void *fake_translate(struct fake *fake, uint64_t address, uint64_t len, bool user)
{
	struct fake_region *r = find_region(fake, address, len, user);

	return r ? r->base + (address - (user ? r->user_address : r->guest_address)) : NULL;
}

static void remove_region(struct fake *fake, unsigned int i)
{
	munmap(fake->regions[i].map, fake->regions[i].map_size);
	if (fake->regions[i].fd >= 0)
		close(fake->regions[i].fd);
	fake->nregions--;
	memmove(&fake->regions[i], &fake->regions[i + 1],
		(fake->nregions - i) * sizeof(fake->regions[0]));
}

static uint64_t add_region(struct fake *fake, const struct wire_region *wire, int fd)
{
	struct fake_region *r = &fake->regions[fake->nregions];
	unsigned int i;

	for (i = 0; i < fake->nregions; i++) {
		const struct fake_region *o = &fake->regions[i];

		if (wire->guest_address < o->guest_address + o->size &&
		    o->guest_address < wire->guest_address + wire->size) {
			fake_complain(fake, "memory regions at 0x%llx and 0x%llx overlap",
				      (unsigned long long)o->guest_address,
				      (unsigned long long)wire->guest_address);
			return 1;
		}
	}
	r->guest_address = wire->guest_address;
	r->user_address = wire->user_address;
	r->size = wire->size;
	r->map_size = wire->size + wire->mmap_offset;
	/* Map from offset 0, because mmap_offset need not be a multiple of the page size. */
	r->map = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r->map == MAP_FAILED) {
		fake_complain(fake, "memory region cannot be mapped: %s", strerror(errno));
		return 1;
	}
	r->base = (char *)r->map + wire->mmap_offset;
	r->fd = fake->opt.request_at[FAULT_SHRINK_MEMORY] ? dup(fd) : -1;
	fake->nregions++;
	return 0;
}

void fake_shrink_memory(struct fake *fake)
{
	unsigned int i;

	for (i = 0; i < fake->nregions; i++) {
		if (ftruncate(fake->regions[i].fd, 0)) {
			fake_log(fake, "SHRINK: %s", strerror(errno));
			continue;
		}
		fake_log(fake, "SHRINK: done");
		/* This process cannot access the memory either, so exit. */
		_exit(4);
	}
}

uint64_t fake_set_mem_table(struct fake *fake, struct fake_message *msg)
{
	uint32_t n = msg->payload.mem_table.nregions, i;

	fake_log(fake, "SET_MEM_TABLE %u", n);
	if (fake_started_queues(fake)) {
		fake_complain(fake, "VU-8: SET_MEM_TABLE while queues are started");
		return 1;
	}
	if (!n || n > WIRE_MAX_REGIONS || msg->size != 8 + n * sizeof(struct wire_region)) {
		fake_complain(fake, "VU-5: SET_MEM_TABLE with %u regions in a payload of %u bytes",
			      n, msg->size);
		return 1;
	}
	if (msg->nfds != n) {
		fake_complain(fake, "SET_MEM_TABLE with %u regions and %u file descriptors", n,
			      msg->nfds);
		return 1;
	}
	fake_forget_memory(fake);
	for (i = 0; i < n; i++)
		if (add_region(fake, &msg->payload.mem_table.regions[i], msg->fds[i]))
			return 1;
	return 0;
}

uint64_t fake_get_max_mem_slots(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "GET_MAX_MEM_SLOTS");
	fake_reply_u64(fake, msg, fake->opt.mem_slots);
	return 0;
}

uint64_t fake_add_mem_reg(struct fake *fake, struct fake_message *msg)
{
	fake_log(fake, "ADD_MEM_REG");
	if (fake->nregions >= fake->opt.mem_slots) {
		fake_complain(fake, "VU-5: ADD_MEM_REG although all %u memory slots are in use",
			      fake->opt.mem_slots);
		return 1;
	}
	if (msg->nfds != 1) {
		fake_complain(fake, "ADD_MEM_REG with %u file descriptors, not 1", msg->nfds);
		return 1;
	}
	return add_region(fake, &msg->payload.mem_reg.region, msg->fds[0]);
}

uint64_t fake_rem_mem_reg(struct fake *fake, struct fake_message *msg)
{
	const struct wire_region *wire = &msg->payload.mem_reg.region;
	unsigned int i;

	fake_log(fake, "REM_MEM_REG");
	if (fake_started_queues(fake)) {
		fake_complain(fake, "VU-8: REM_MEM_REG while queues are started");
		return 1;
	}
	for (i = 0; i < fake->nregions; i++) {
		const struct fake_region *r = &fake->regions[i];

		if (r->guest_address == wire->guest_address &&
		    r->user_address == wire->user_address && r->size == wire->size) {
			remove_region(fake, i);
			return 0;
		}
	}
	fake_complain(fake, "REM_MEM_REG of a region that was not added");
	return 1;
}

void fake_forget_memory(struct fake *fake)
{
	while (fake->nregions)
		remove_region(fake, fake->nregions - 1);
}
