/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every function and variable of fio's that the engine uses by its symbol.
 *
 * The loader binds them all when fio loads the library. They are weak: a symbol that the running
 * fio does not have becomes NULL then, and the load guard (guard.c) can say so in a line of its
 * own. A strong one would make the loader refuse the library before the guard has run, and what fio
 * says of that does not name the cause in all of its builds.
 *
 * t/end-to-end/load-symbols.sh holds this list against what the library wants and what its fio
 * exports.
 */
#ifndef ENGINE_IMPORTS_H
#define ENGINE_IMPORTS_H

#define FIO_IMPORTS(X)         \
	X(__fio_option_is_set) \
	X(add_file)            \
	X(f_err)               \
	X(f_out)               \
	X(fio_gettime)         \
	X(fio_options)         \
	X(io_u_mark_complete)  \
	X(io_u_mark_submit)    \
	X(io_u_queued)         \
	X(log_err)             \
	X(log_info)            \
	X(ntime_since)         \
	X(ntime_since_now)     \
	X(output_format)       \
	X(page_mask)           \
	X(segments)            \
	X(thread_number)       \
	X(zbd_do_io_u_trim)

#define FIO_IMPORT_PRAGMA(text) _Pragma(#text)
#define FIO_IMPORT_WEAK(symbol) FIO_IMPORT_PRAGMA(weak symbol)
FIO_IMPORTS(FIO_IMPORT_WEAK)

#endif
