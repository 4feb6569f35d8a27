/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell of the matrix message x fault: a driver's complete session with a back-end, from the
 * connection to the orderly stop, with one fault in it.
 *
 * The back-end is t/fake-backend/fake-backend, in a child process. Time is simulated: it passes
 * only while the driver waits for a back-end that sends nothing more, so that no machine is too
 * slow or too busy for the tests.
 */
#ifndef T_UNIT_MESSAGE_CELLS_H
#define T_UNIT_MESSAGE_CELLS_H

#include "t/fake-backend/fake-backend.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/transport/vhost-user/vhost_user.h"

/* Timeout of the driver, as a user would set it with vblk_timeout=. */
#define CELL_TIMEOUT_MS 300u

/**
 * struct cell_result - result of one session
 * @ret: 0 or a negative errno
 * @error: the driver's error message
 * @elapsed_ms: simulated time that the driver waited
 * @complaints: number of rules that the back-end found broken
 * @leak: what the driver did not release, NULL = nothing
 */
struct cell_result {
	int ret;
	struct error error;
	int64_t elapsed_ms;
	unsigned int complaints;
	const char *leak;
};

/**
 * cells_begin - start a back-end
 * @opt: options of the back-end; faults are set later
 *
 * Returns the back-end in memory shared with its process: between cells, the caller may change
 * options and read which messages the back-end received.
 */
struct fake *cells_begin(const struct fake_options *opt);

/**
 * cells_end - end the back-end
 */
void cells_end(void);

/**
 * cell_run - run one session of the driver
 * @queues: number of queues to start
 * @result: filled in
 */
void cell_run(uint32_t queues, struct cell_result *result);

#endif
