/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_OPTIONS_H
#define T_FAKE_BACKEND_OPTIONS_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_default_options - set the default options: no faults, and no socket
 * @opt: filled in
 */
void fake_default_options(struct fake_options *opt);

/**
 * fake_parse_options - read the command line
 * @opt: filled in, including defaults
 * @argc: argument of main()
 * @argv: argument of main()
 *
 * Exits with a message if the command line is invalid, or after printing the usage text for --help.
 */
void fake_parse_options(struct fake_options *opt, int argc, char **argv);

#endif
