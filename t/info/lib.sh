# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For the tests of vblk-info: lib.sh, and running the command. Neither fio nor the engine has to be there.

subject=info
. "${srcdir:-.}/t/end-to-end/lib.sh"

# info OPTION...: runs it. Sets $rc; what it said is in $dir/out and $dir/err.
info() {
	rc=0
	timeout -k 5 $LIMIT "$INFO" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	check_sanitizers
	[ $rc -lt 124 ] || fail "vblk-info crashed or did not end within $LIMIT s: status $rc"
}

# info_ok OPTION...: all is well, and it says nothing else.
info_ok() {
	info "$@"
	[ $rc -eq 0 ] || fail "vblk-info ended with status $rc"
	[ ! -s "$dir/err" ] || fail "vblk-info complains"
}

# info_fails PATTERN OPTION...: status 1, and one line that matches.
info_fails() {
	pattern=$1
	shift
	info "$@"
	[ $rc -eq 1 ] || fail "vblk-info ended with status $rc, not 1"
	[ "$(wc -l <"$dir/err")" = 1 ] || fail "vblk-info said something else than one line"
	expect_one_line "$pattern"
}

# fact FILTER: true of what vblk-info --json printed.
fact() {
	[ "$(jq "$1" "$dir/out")" = true ] || fail "not so: $1"
}

# says LABEL TEXT: a line of what vblk-info printed for people.
says() {
	grep -qxF "$(printf '%-24s%s' "$1" "$2")" "$dir/out" || fail "no line says: $1 $2"
}
