/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All functions and variables of fio that the engine uses by their symbols.
 *
 * The loader binds all of these symbols when fio loads the library. The symbols are weak: a symbol
 * that the running fio does not have becomes NULL, and the load guard (guard.c) reports the symbol.
 * If a strong symbol were missing, the loader would refuse the library before the guard runs, and
 * not all builds of fio print the reason.
 *
 * t/end-to-end/load-symbols.sh compares this list with the symbols that the library needs and with
 * the symbols that fio exports.
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
