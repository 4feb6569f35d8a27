// SPDX-License-Identifier: GPL-2.0-only
/* The state of a queue that several jobs share: who gets completions and slots, and what a killed
 * job leaves behind. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/share.h"
#include "t/unit/unit.h"
#include "virtq/virtq_ops.h"

#define JOBS  3
#define SLOTS 4

static const struct virtq_config config = {
	.size = SLOTS,
	.segments = 1,
	.header_bytes = 16,
	.footer_bytes = 1,
	.indirect = true,
};
static unsigned char *memory;
static struct virtq *vq;
static struct queue_share *share;
static struct share_wakes wakes;
static uint16_t used;
static int errors;

static void *shared_memory(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static void setup(void)
{
	struct virtq_layout layout;
	uint32_t i;

	ck_assert_int_eq(virtq_layout(&config, &layout), 0);
	memory = shared_memory(layout.bytes);
	vq = shared_memory(sizeof(*vq));
	virtq_init(vq, &config, &layout, memory,
		   shared_memory(virtq_state_bytes(&config, &layout)));
	virtq_format(vq, &layout, 0);
	share = shared_memory(share_bytes(JOBS, SLOTS));
	ck_assert_int_eq(share_init(share, vq, JOBS, SLOTS), 0);
	for (i = 0; i < JOBS; i++)
		share->sharer[i].wake_fd = eventfd(0, EFD_NONBLOCK);
	used = 0;
	errors = 0;
	wakes.n = 0;
}

/* A pointer that stands for an io_u. */
static void *ctx(uintptr_t n)
{
	return (void *)(n << 4);
}

/* Add a request of a job, and publish it. Return the id of its slot. */
static uint16_t add(uint32_t job, void *context)
{
	struct virtq_slot *slot = virtq_slot_free(vq);

	ck_assert_ptr_nonnull(slot);
	*slot->footer = 0xff;
	share_used(share, &share->sharer[job]);
	virtq_add(vq, slot, share_context(job, context), 0x1000, 512, 512, true);
	virtq_publish(vq);
	return slot->id;
}

/* Complete a request, as the device does. */
static void complete(uint16_t id, unsigned char status)
{
	struct vring_used *ring = vq->split.used;

	*vq->slot[id].footer = status;
	ring->ring[used % SLOTS].id = htole32(id);
	ring->ring[used % SLOTS].len = htole32(513);
	virtq_store16(&ring->idx, ++used, memory_order_release);
}

static void count_error(void *arg, void *context, unsigned char status)
{
	(void)arg;
	(void)context;
	errors += status;
}

/* Take used requests as @job. Return the number of its own. */
static size_t take(uint32_t job, void **own, size_t n)
{
	return (size_t)(share_take(share, job, own, own + n, count_error, NULL, &wakes) - own);
}

static bool woken(uint32_t job)
{
	struct pollfd set = { .fd = share->sharer[job].wake_fd, .events = POLLIN };

	return poll(&set, 1, 0) == 1;
}

START_TEST(completions_go_to_their_owners)
{
	uint16_t a = add(0, ctx(1)), b = add(1, ctx(2)), c = add(0, ctx(3));
	struct inbox_entry entry;
	void *own[4];

	complete(b, 1);
	complete(a, 0);
	complete(c, 2);
	ck_assert_int_eq(share_lock(share), 0);
	ck_assert_uint_eq(take(0, own, 4), 2);
	share_unlock(share, &wakes);
	ck_assert_ptr_eq(own[0], ctx(1));
	ck_assert_ptr_eq(own[1], ctx(3));
	/* Only the owner is told of an error. */
	ck_assert_int_eq(errors, 2);
	ck_assert(inbox_take(&share->sharer[1].inbox, &entry));
	ck_assert_ptr_eq(entry.ctx, ctx(2));
	ck_assert_uint_eq(entry.status, 1);
	ck_assert(!inbox_take(&share->sharer[1].inbox, &entry));
	ck_assert_uint_eq(share->sharer[0].outstanding, 0);
	ck_assert_uint_eq(share->sharer[1].outstanding, 0);
}
END_TEST

START_TEST(completions_without_room_wait_in_the_inbox)
{
	uint16_t a = add(2, ctx(1)), b = add(2, ctx(2));
	struct inbox_entry entry;
	void *own[1];

	complete(a, 0);
	complete(b, 0);
	ck_assert_int_eq(share_lock(share), 0);
	ck_assert_uint_eq(take(2, own, 1), 1);
	share_unlock(share, &wakes);
	ck_assert(inbox_take(&share->sharer[2].inbox, &entry));
	ck_assert_ptr_eq(entry.ctx, ctx(2));
}
END_TEST

START_TEST(sleeping_owner_is_woken_once)
{
	uint16_t a = add(1, ctx(1)), b = add(1, ctx(2));
	void *own[1];

	ck_assert_int_eq(share_lock(share), 0);
	ck_assert(share_sleep(share, &share->sharer[1]));
	share_unlock(share, &wakes);
	complete(a, 0);
	complete(b, 0);
	ck_assert_int_eq(share_lock(share), 0);
	take(0, own, 1);
	ck_assert_uint_eq(wakes.n, 1);
	ck_assert(!woken(1));
	share_unlock(share, &wakes);
	ck_assert(woken(1));
	ck_assert(!woken(0));
	/* It does not sleep again before it has looked into its inbox. */
	ck_assert_int_eq(share_lock(share), 0);
	share_awake(share, &share->sharer[1]);
	ck_assert(!share_sleep(share, &share->sharer[1]));
	ck_assert_uint_eq(share->sleepers, 0);
	share_unlock(share, &wakes);
}
END_TEST

START_TEST(freed_slots_go_to_the_job_that_waits_longest)
{
	uint16_t id[SLOTS];
	void *own[SLOTS];
	int i;

	for (i = 0; i < SLOTS; i++)
		id[i] = add(0, ctx((uintptr_t)i + 1));
	ck_assert_int_eq(share_lock(share), 0);
	ck_assert_uint_eq(share_room(share, &share->sharer[1]), 0);
	share_want(share, &share->sharer[2], 1);
	share_want(share, &share->sharer[1], 2);
	complete(id[0], 0);
	take(0, own, SLOTS);
	share_grant(share, &wakes);
	/* Job 0 has freed the slot, and may not take it again. */
	ck_assert_uint_eq(share_room(share, &share->sharer[0]), 0);
	ck_assert_uint_eq(share_room(share, &share->sharer[1]), 0);
	ck_assert_uint_eq(share_room(share, &share->sharer[2]), 1);
	add(2, ctx(9));
	share_want(share, &share->sharer[2], 0);
	complete(id[1], 0);
	complete(id[2], 0);
	take(0, own, SLOTS);
	share_grant(share, &wakes);
	ck_assert_uint_eq(share_room(share, &share->sharer[1]), 2);
	ck_assert_uint_eq(share_room(share, &share->sharer[0]), 0);
	/* Slots that are not used in time go to the others. */
	share_revoke(share, share->granted_ns + SHARE_GRANT_NS - 1, &wakes);
	ck_assert_uint_eq(share_room(share, &share->sharer[0]), 0);
	share_revoke(share, share->granted_ns + SHARE_GRANT_NS, &wakes);
	ck_assert_uint_eq(share_room(share, &share->sharer[0]), 2);
	share_unlock(share, &wakes);
}
END_TEST

START_TEST(job_that_is_gone_gets_nothing_and_its_slots_are_freed)
{
	uint16_t a = add(1, ctx(1));
	void *own[1];

	ck_assert(!share_job_killed(share, 1));
	complete(a, 0);
	ck_assert_int_eq(share_lock(share), 0);
	ck_assert_uint_eq(take(0, own, 1), 0);
	ck_assert(!inbox_has(&share->sharer[1].inbox));
	ck_assert_uint_eq(share->sharer[1].outstanding, 0);
	ck_assert_uint_eq(share_room(share, &share->sharer[0]), SLOTS);
	share_unlock(share, &wakes);
}
END_TEST

START_TEST(job_killed_with_the_lock_ends_the_queue)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (!child) {
		share_lock(share);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	/* The keeper may be the first to notice, or a job. */
	if (_i)
		ck_assert(share_job_killed(share, 1));
	ck_assert_int_eq(share_lock(share), EOWNERDEAD);
	ck_assert_int_eq(share_trylock(share), EOWNERDEAD);
	ck_assert(share_job_killed(share, 2));
	/* Every job wakes up to see it. */
	ck_assert(woken(0) && woken(1) && woken(2));
}
END_TEST

START_TEST(position_shows_without_the_lock_whether_a_request_is_used)
{
	uint16_t a = add(0, ctx(1));
	void *own[1];

	ck_assert(!virtq_is_used_at(vq, atomic_load(&share->position)));
	complete(a, 0);
	ck_assert(virtq_is_used_at(vq, atomic_load(&share->position)));
	ck_assert_int_eq(share_lock(share), 0);
	take(0, own, 1);
	share_unlock(share, &wakes);
	ck_assert(!virtq_is_used_at(vq, atomic_load(&share->position)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share");
	TCase *tc = unit_tcase(suite, "share", setup, NULL);

	tcase_add_test(tc, completions_go_to_their_owners);
	tcase_add_test(tc, completions_without_room_wait_in_the_inbox);
	tcase_add_test(tc, sleeping_owner_is_woken_once);
	tcase_add_test(tc, freed_slots_go_to_the_job_that_waits_longest);
	tcase_add_test(tc, job_that_is_gone_gets_nothing_and_its_slots_are_freed);
	tcase_add_loop_test(tc, job_killed_with_the_lock_ends_the_queue, 0, 2);
	tcase_add_test(tc, position_shows_without_the_lock_whether_a_request_is_used);
	return unit_main(suite);
}
