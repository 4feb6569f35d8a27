#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Holds the tree against its style: clang-format over all C, shellcheck over all shell scripts. Changes nothing.
#
#   t/lint.sh
#
# Major versions of clang-format disagree about the same rules. The tree is formatted with version 14; a machine with
# another one checks the scripts only.
set -u
cd "$(dirname "$0")/.." || exit 1
status=77

# note STATUS: one part of this script is done.
note() {
	case $1:$status in
	0:77) status=0 ;;
	0:*) ;;
	*) status=1 ;;
	esac
}

version=$(clang-format --version 2>/dev/null | sed 's/.*version \([0-9]*\).*/\1/')
if [ "$version" = 14 ]; then
	find engine t vhost virtq -name '*.[ch]' | sort | xargs clang-format --dry-run -Werror
	note $?
else
	echo "skipped: the C sources need clang-format 14${version:+, this is $version}"
fi
if command -v shellcheck >/dev/null; then
	{
		find engine examples t -name '*.sh'
		echo t/vm/guest/init
	} | sort | xargs -n 16 -P "$(nproc)" shellcheck -x
	note $?
else
	echo "skipped: shellcheck is not installed"
fi
exit $status
