/* SPDX-License-Identifier: GPL-2.0-only */
/* Parser of time options. fio's own parser ignores fractions and accepts unknown units. */
#ifndef ENGINE_DURATION_H
#define ENGINE_DURATION_H

int duration_parse(const char *text, unsigned int default_unit_us, long long *us);

#endif
