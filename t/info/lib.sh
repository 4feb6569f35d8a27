# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Library of the vblk-info tests: extends end-to-end/lib.sh. Needs neither fio nor the engine.

subject=info
. "${srcdir:-.}/t/end-to-end/lib.sh"

# info OPTION...: run vblk-info. Sets $rc. The output is in $dir/out and $dir/err.
info() {
	rc=0
	timeout -k 5 $LIMIT "$INFO" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	check_sanitizers
	[ $rc -lt 124 ] || fail "vblk-info crashed or did not end within $LIMIT s: status $rc"
}

# info_ok OPTION...: run vblk-info and expect success and an empty standard error.
info_ok() {
	info "$@"
	[ $rc -eq 0 ] || fail "vblk-info ended with status $rc"
	[ ! -s "$dir/err" ] || fail "vblk-info printed something on standard error"
}

# info_fails PATTERN OPTION...: run vblk-info and expect exit status 1 and one error message that
# matches.
info_fails() {
	pattern=$1
	shift
	info "$@"
	[ $rc -eq 1 ] || fail "vblk-info ended with status $rc, not 1"
	[ "$(wc -l <"$dir/err")" = 1 ] || fail "vblk-info did not print exactly one line on standard error"
	expect_one_line "$pattern"
}

# fact FILTER: expect that the jq filter is true for the output of vblk-info --json.
fact() {
	[ "$(jq "$1" "$dir/out")" = true ] || fail "not true: $1"
}

# says LABEL TEXT: expect this line in the text output of vblk-info.
says() {
	grep -qxF "$(printf '%-24s%s' "$1" "$2")" "$dir/out" || fail "there is no line: $1 $2"
}
