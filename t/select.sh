#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints those of the tests whose heads say something, or, with --not, those whose heads do not.
#
#   t/select.sh [--not] MARK TEST...	e.g. t/select.sh "newest fio: yes" t/end-to-end/zones-*.sh
#
# The head of a test is the comment on top of it; a program's is in its .c file. These lines of it are marks:
#
#   quick: yes                 runs with t/run.sh --quick: one test for each thing that the engine does and for each way
#                              that it is refused or fails, a second or two each
#   newest fio: yes            worth a run in another fio as well: it depends on fio's structures and hooks
#   sanitizers: no (WHY)       left out of the run with sanitizers
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
