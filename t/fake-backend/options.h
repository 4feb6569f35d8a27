/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef T_FAKE_BACKEND_OPTIONS_H
#define T_FAKE_BACKEND_OPTIONS_H

#include "t/fake-backend/fake-backend.h"

/**
 * fake_default_options - a back-end in good health, without a socket
 * @opt: filled in
 */
void fake_default_options(struct fake_options *opt);

/**
 * fake_parse_options - read the command line
 * @opt: filled in, defaults included
 * @argc: of main()
 * @argv: of main()
 *
 * Leaves the program with a message if something is wrong with it, or if --help is there.
 */
void fake_parse_options(struct fake_options *opt, int argc, char **argv);

#endif
