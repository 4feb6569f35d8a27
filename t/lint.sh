#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks the style of the tree: clang-format on all C files, shellcheck on all shell scripts. Changes no files.
#
#   t/lint.sh
#
# Different major versions of clang-format format the same rules differently. The tree is formatted
# with version 14. With any other version, only the scripts are checked.
set -u
cd "$(dirname "$0")/.." || exit 1
status=77

# note STATUS: record the result of one check.
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
	echo "skipped: the C sources need clang-format 14${version:+, but version $version is installed}"
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
