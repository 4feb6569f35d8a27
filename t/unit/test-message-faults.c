// SPDX-License-Identifier: GPL-2.0-only
// sanitizers: no (too slow with them)
/*
 * Every message with every fault: a back-end misbehaves at one message of the set-up or of the
 * stop. The driver must leak nothing, keep the time limit, and report an error that names this
 * message. If this message does not reveal the fault, the error comes at a later message, or the
 * fault stays unnoticed. Where a driver must cope with the fault, it succeeds (VU-1, VU-2, VU-4,
 * VU-9, VU-10).
 *
 * The matrix is built from the messages that the driver sends to a correct back-end, so that a new
 * message of the driver is tested without a change here.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/fake-backend/fault.h"
#include "t/fake-backend/messages.h"
#include "t/fake-backend/options.h"
#include "t/fake-backend/wire.h"
#include "t/unit/message-cells.h"

#define QUEUES 2u

#define HEADER_BYTES 12u

/* Real time limit of one cell; a cell normally takes milliseconds. */
#define CELL_SECONDS 120u

/* Expected result of a fault. */
enum outcome {
	SURVIVES,
	FAILS_HERE,	 /* fails and names the faulty message */
	FAILS_LATER,	 /* fails at a later message: the faulty message did not reveal the fault */
	FAILS_OR_NOBODY, /* fails at a later message, or succeeds if the fault stays hidden */
};

struct totals {
	unsigned int cells;
	unsigned int expected;
};

/* One matrix: the options of the back-end, and the messages that it receives without a fault. */
struct matrix {
	const char *name;
	struct fake *fake;
	struct fake_heard *heard;
	unsigned int nheard;
	struct totals totals;
};

/* Return the message that a surplus reply, sent at the @at-th message, claims to answer. */
static uint32_t surplus(const struct matrix *m, unsigned int at, enum fake_message_fault fault)
{
	return fault == FAULT_UNASKED_REPLY ? m->fake->opt.fault_at[fault].detail
					    : m->heard[at].request;
}

/* Return true if a message after the @at-th has a reply that differs from a reply to @request. */
static bool noticed_later(const struct matrix *m, unsigned int at, uint32_t request)
{
	while (++at < m->nheard)
		if (m->heard[at].answered && m->heard[at].request != request)
			return true;
	return false;
}

static enum outcome expect(const struct matrix *m, unsigned int at, enum fake_message_fault fault)
{
	const struct fake_heard *heard = &m->heard[at];

	/* The back-end had no opportunity for this fault. */
	if (!m->fake->faults)
		return SURVIVES;
	switch (fault) {
	case FAULT_SPLIT_REPLY:
		return SURVIVES;
	case FAULT_NACK:
	case FAULT_EMPTY_REPLY:
		/*
		 * An error or empty reply means "wrong size": the driver tries other sizes (VU-9).
		 */
		if (heard->request == GET_CONFIG)
			return SURVIVES;
		break;
	case FAULT_REPEAT_REPLY:
	case FAULT_UNASKED_REPLY:
		return noticed_later(m, at, surplus(m, at, fault)) ? FAILS_LATER : FAILS_OR_NOBODY;
	default:
		break;
	}
	if (heard->answered)
		return FAILS_HERE;
	return noticed_later(m, at, surplus(m, at, fault)) ? FAILS_LATER : FAILS_OR_NOBODY;
}

/*
 * Return true if a surplus reply has the type that the driver expects next. The driver then accepts
 * its contents, and cannot notice the surplus before the next reply.
 */
static bool plausible(const struct matrix *m, unsigned int at, enum fake_message_fault fault)
{
	uint32_t request = surplus(m, at, fault);

	while (++at < m->nheard)
		if (m->heard[at].answered)
			return m->heard[at].request == request;
	return false;
}

/* Return true if the error names a later message, or describes what happened after all messages. */
static bool names_later(const struct matrix *m, unsigned int at, const char *error)
{
	while (++at < m->nheard)
		if (strstr(error, fake_message_name(m->heard[at].request)))
			return true;
	return strstr(error, "back-end closed the connection") ||
	       strstr(error, "back-end sent an unexpected message") ||
	       strstr(error, "device did not complete a request within");
}

/* Return what is wrong with the result, or NULL. */
static const char *judge(const struct matrix *m, unsigned int at, enum fake_message_fault fault,
			 const struct cell_result *result)
{
	enum outcome outcome = expect(m, at, fault);

	if (result->leak)
		return "the driver leaks a resource";
	if (result->complaints)
		return "the driver breaks a rule";
	if (result->elapsed_ms > CELL_TIMEOUT_MS)
		return "the driver waits longer than the time limit";
	if (!result->ret)
		return outcome == FAILS_HERE || outcome == FAILS_LATER
			       ? "the driver succeeds, although it should fail"
			       : NULL;
	if (outcome == SURVIVES)
		return "the driver fails, although it should succeed";
	if (outcome == FAILS_HERE &&
	    !strstr(result->error.text, fake_message_name(m->heard[at].request)))
		return "the error does not name the faulty message";
	if (outcome != FAILS_HERE && !plausible(m, at, fault) &&
	    !names_later(m, at, result->error.text))
		return "the error names no later message";
	return *result->error.text ? NULL : "the error message is empty";
}

/* Name of the running cell, for the crash handler. */
static char current[160];

static void name_cell(const struct matrix *m, unsigned int at, enum fake_message_fault fault)
{
	const struct fake_heard *heard = &m->heard[at];

	snprintf(current, sizeof(current), "%s: --%s=%s:%u (detail %u)", m->name,
		 fake_fault_name(fault), fake_message_name(heard->request), heard->nth,
		 m->fake->opt.fault_at[fault].detail);
}

static void on_crash(int sig)
{
	static const char text[] = ": the driver crashes or hangs\n";

	if (write(STDOUT_FILENO, current, strlen(current)) < 0 ||
	    write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(99);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void run_cell(struct matrix *m, unsigned int at, enum fake_message_fault fault,
		     uint32_t detail)
{
	struct fake_fault *fault_at = &m->fake->opt.fault_at[fault];
	struct cell_result result;
	const char *what;

	fault_at->request = m->heard[at].request;
	fault_at->nth = m->heard[at].nth;
	fault_at->detail = detail;
	name_cell(m, at, fault);
	alarm(CELL_SECONDS);
	cell_run(QUEUES, &result);
	alarm(0);
	what = judge(m, at, fault, &result);
	if (what)
		printf("%s: %s: %d after %lld ms, '%s'%s%s\n", current, what, result.ret,
		       (long long)result.elapsed_ms, result.ret ? result.error.text : "",
		       result.leak ? ", leaked: " : "", result.leak ? result.leak : "");
	fault_at->request = 0;
	m->totals.cells++;
	m->totals.expected += !what;
}

/*
 * Test a bad reply, and then a back-end that stalls when the driver sets FAILED: the driver must
 * not wait for longer than the time limit.
 */
static void run_bad_then_silent(struct matrix *m, unsigned int at)
{
	struct fake_fault *stall_at = &m->fake->opt.fault_at[FAULT_STALL];
	unsigned int i, n = 1;

	for (i = 0; i <= at; i++)
		n += m->heard[i].request == SET_STATUS;
	*stall_at = (struct fake_fault){ .request = SET_STATUS, .nth = n };
	run_cell(m, at, FAULT_WRONG_REPLY, 0);
	stall_at->request = 0;
}

/* Return the length of a reply: the reply is cut in two after each of its bytes but the last. */
static uint32_t reply_bytes(const struct fake *fake, const struct fake_heard *heard)
{
	return HEADER_BYTES + (heard->request == GET_CONFIG
				       ? WIRE_CONFIG_HEADER + fake->opt.config_bytes
				       : (uint32_t)sizeof(uint64_t));
}

static void run_message(struct matrix *m, unsigned int at, bool every_cut)
{
	const struct fake_heard *heard = &m->heard[at];
	enum fake_message_fault fault;
	uint32_t cut;

	for (fault = 0; fault < FAKE_MESSAGE_FAULTS; fault++)
		run_cell(m, at, fault, 0);
	/* A reply to the next message, sent before that message. */
	if (at + 1 < m->nheard)
		run_cell(m, at, FAULT_UNASKED_REPLY, m->heard[at + 1].request);
	for (cut = 1; every_cut && heard->answered && cut < reply_bytes(m->fake, heard); cut++)
		run_cell(m, at, FAULT_SPLIT_REPLY, cut);
	if (heard->answered && m->fake->opt.protocol_features & BIT(PROTOCOL_F_STATUS))
		run_bad_then_silent(m, at);
}

static void run_matrix(const char *name, const struct fake_options *opt, bool every_cut,
		       struct totals *totals)
{
	struct matrix m = { .name = name, .fake = cells_begin(opt) };
	struct cell_result result;
	unsigned int at;

	cell_run(QUEUES, &result);
	if (result.ret || result.leak || result.complaints) {
		printf("%s: fails without a fault: %d '%s'\n", name, result.ret, result.error.text);
		m.totals.cells = 1;
	}
	m.nheard = result.ret ? 0 : m.fake->nheard;
	m.heard = calloc(m.nheard + 1, sizeof(*m.heard));
	if (!m.heard)
		abort();
	memcpy(m.heard, m.fake->heard, m.nheard * sizeof(*m.heard));
	for (at = 0; at < m.nheard; at++)
		run_message(&m, at, every_cut);
	printf("%s: %u messages, %u cells, %u as expected\n", name, m.nheard, m.totals.cells,
	       m.totals.expected);
	cells_end();
	free(m.heard);
	totals->cells += m.totals.cells;
	totals->expected += m.totals.expected;
}

int main(void)
{
	static const uint64_t switches[] = { BIT(PROTOCOL_F_REPLY_ACK),
					     BIT(PROTOCOL_F_CONFIGURE_MEM_SLOTS),
					     BIT(PROTOCOL_F_STATUS) };
	struct totals totals = { 0 };
	unsigned int with, i;

	/* Every combination of the features that change the sequence of messages. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	signal(SIGALRM, on_crash);
	for (with = 0; with < 16; with++) {
		struct fake_options opt = { 0 };
		char name[128];

		fake_default_options(&opt);
		for (i = 0; i < 3; i++)
			if (!(with & 1u << i))
				opt.protocol_features &= ~switches[i];
		if (!(with & 8))
			opt.features &= ~BIT(VIRTIO_F_RING_PACKED);
		snprintf(name, sizeof(name), "%sreply_ack %sconfigure_mem_slots %sstatus %s",
			 with & 1 ? "+" : "-", with & 2 ? "+" : "-", with & 4 ? "+" : "-",
			 with & 8 ? "packed" : "split");
		run_matrix(name, &opt, with == 15, &totals);
	}
	printf("%u cells, %u as expected\n", totals.cells, totals.expected);
	return totals.cells && totals.cells == totals.expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
