/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock that deadlines are measured with. */
#ifndef VHOST_TRANSPORT_CLOCK_H
#define VHOST_TRANSPORT_CLOCK_H

#include <stdint.h>

/* Longest time that is counted between two looks at the clock. */
#define CLOCK_LOOK_MAX_MS 1000

int64_t clock_now_ms(void);

#endif
