/* SPDX-License-Identifier: GPL-2.0-only */
/* Times as users write them. fio's own parser cuts fractions off, and takes what it does not know
 * for a unit. */
#ifndef ENGINE_DURATION_H
#define ENGINE_DURATION_H

int duration_parse(const char *text, unsigned int default_unit_us, long long *us);

#endif
