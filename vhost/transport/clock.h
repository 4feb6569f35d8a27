/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock for deadlines. */
#ifndef VHOST_TRANSPORT_CLOCK_H
#define VHOST_TRANSPORT_CLOCK_H

#include <stdint.h>

/* Maximum time that the clock advances between two calls in the same thread. */
#define CLOCK_STEP_MAX_MS 1000

int64_t clock_now_ms(void);

#endif
