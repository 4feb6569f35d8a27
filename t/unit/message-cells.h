/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell of the matrix message x fault: a driver's whole life with a back-end, from the
 * connection to the orderly stop, with one fault in it.
 *
 * The back-end is t/fake-backend/fake-backend, in a child process. Time is not real: it passes only
 * while the driver waits for a back-end that has fallen silent, so that no machine is too slow or
 * too busy.
 */
#ifndef T_UNIT_MESSAGE_CELLS_H
#define T_UNIT_MESSAGE_CELLS_H

#include "t/fake-backend/fake-backend.h"
#include "vhost/blk/blk_dev.h"
#include "vhost/transport/vhost-user/vhost_user.h"

/* As a user might say vblk_timeout=. */
#define CELL_TIMEOUT_MS 300u

/**
 * struct cell_result - what came of it
 * @ret: 0 or a negative errno
 * @error: sentence of the driver's
 * @elapsed_ms: how long the driver waited in vain
 * @complaints: rules that it broke in the back-end's eyes
 * @leak: what it left behind, NULL = nothing
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
 * @opt: what it is to be like; faults are set later
 *
 * Returns it, in memory shared with its process: options may be changed, and what it heard be read,
 * between cells.
 */
struct fake *cells_begin(const struct fake_options *opt);

/**
 * cells_end - end the back-end
 */
void cells_end(void);

/**
 * cell_run - the driver's life
 * @queues: how many it starts
 * @result: filled in
 */
void cell_run(uint32_t queues, struct cell_result *result);

#endif
