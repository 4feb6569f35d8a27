#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints the tests whose heads contain a mark, or with --not, those whose heads do not contain it.
#
#   t/select.sh [--not] MARK TEST...	e.g. t/select.sh "newest fio: yes" t/end-to-end/zones-*.sh
#
# The head of a test is the comment at its top; for a unit test it is in the .c file. These lines
# are marks:
#
#   quick: yes            t/run.sh --quick runs the test. There is one such test for each thing that
#                         the engine does, and for each way in which it refuses a job or fails.
#                         Each takes a second or two.
#   newest fio: yes       The test also runs with the newest fio, because it depends on fio's
#                         structures and hooks.
#   sanitizers: no (WHY)  The run with sanitizers leaves the test out.
set -eu
not=0
[ "$1" != --not ] || { not=1; shift; }
mark=$1
shift
[ $# -gt 0 ] || { echo "usage: $0 [--not] MARK TEST..." >&2; exit 2; }
cd "$(dirname "$0")/.."
for test; do
	case $test in
	*.sh) echo "$test" ;;
	*) echo "$test.c" ;;
	esac
done | xargs awk -v mark="$mark" -v not="$not" '
	function end_of_file() {
		if (file != "" && has != not) {
			print file
			selected++
		}
	}
	FNR == 1 { end_of_file(); file = FILENAME; sub(/\.c$/, "", file); has = 0; head = 1 }
	!/^(#|\/\/|\/\*| \*)/ || /^#include/ { head = 0 }
	head && /^(#|\/\/) [a-z ]+: (yes|no)( \(.+\))?$/ {
		line = $0
		sub(/^(#|\/\/) /, "", line)
		if (line !~ /^(quick: yes|newest fio: yes|sanitizers: no \(.+\))$/) {
			print FILENAME ": unknown mark: " line >"/dev/stderr"
			unknown = 1
			exit
		}
		has = has || line == mark || index(line, mark " (") == 1
	}
	END {
		if (!unknown)
			end_of_file()
		exit unknown || !selected
	}'
