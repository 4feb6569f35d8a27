#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests everything, starting from a fresh checkout: installs the packages it needs, builds with
# -Werror, runs all tests, and prints a last line: N passed, N failed[, N skipped].
#
# It also builds the distribution tarball several times, in build/: with sanitizers, with clang,
# without fio, and for the newest fio of Debian. A guest in which vhost-vdpa and vfio-pci are tested
# runs in parallel.
#
#   t/run.sh [--quick]
#
# --quick: build in the tree, and run the unit tests and those end-to-end tests that are marked
# "quick: yes": a few dozen that take a second or two each, one for everything that the engine does,
# and one for every way in which it refuses a job or fails. This is meant for use between two edits
# and takes a few minutes on two CPUs. Faults that show only in many runs, in the guest, with
# sanitizers or with another fio are left to the full run.
#
# VBLK_GUEST  0: do not run the guest
set -u
case $#:${1:-} in
0:) quick= ;;
1:--quick) quick=1 VBLK_GUEST=0 ;;
*)
	echo "usage: $0 [--quick]" >&2
	exit 2
	;;
esac
cd "$(dirname "$0")/.." || exit 1
top=$PWD
. t/setup.sh

passed=0 failed=0 skipped=0
jobs=$(nproc)

note() {
	echo "== $*"
}

# result NAME STATUS [LOG]: count and print a step of this script.
result() {
	case $2 in
	0) passed=$((passed + 1)); echo "PASS: $1" ;;
	77) skipped=$((skipped + 1)); echo "SKIP: $1" ;;
	*)
		failed=$((failed + 1))
		echo "FAIL: $1"
		[ -z "${3:-}" ] || tail -n 40 "$3"
		;;
	esac
}

finish() {
	echo
	if [ $skipped -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ $failed -eq 0 ] && [ $passed -gt 0 ]
	exit
}

# run_check DIR NAME [MAKE ARGUMENT...]: run the tests of a build tree and count them. $TARGET is a
# make target to use instead of check.
run_check() {
	local dir=$1 name=$2 file test outcome
	shift 2
	# Tests mostly wait, so run more of them than there are processors.
	make -C "$dir" -j$((jobs * 2)) -k "${TARGET:-check}" "$@" >"$dir/check.log" 2>&1
	grep -q '^# TOTAL:' "$dir/check.log" || result "$name: tests build and run" 1 "$dir/check.log"
	while read -r outcome test; do
		test=${test%% *}
		case $outcome in
		PASS:) passed=$((passed + 1)) ;;
		SKIP:)
			skipped=$((skipped + 1))
			echo "SKIP: $name: $test: $(sed -n 's/^skipped: //p' "$dir/${test%.sh}.log")"
			;;
		FAIL: | XPASS: | ERROR:)
			file=$dir/${test%.sh}.log
			[ -f "$file" ] || file=$dir/$test.log
			tail -n 40 "$file" >"$dir/failed.log" 2>/dev/null
			# On a busy machine a test may time out. Run it again, on its own.
			if make -C "$dir" check TESTS="$test" >/dev/null 2>&1 </dev/null; then
				passed=$((passed + 1))
				echo "PASS: $name: $test, on its own; in parallel with other tests it failed:"
			else
				failed=$((failed + 1))
				echo "FAIL: $name: $test"
			fi
			sed 's/^/    /' "$dir/failed.log"
			;;
		esac
	done < <(grep -E '^(PASS|SKIP|FAIL|XPASS|ERROR): ' "$dir/check.log")
}

# configure_build DIR NAME FLAG...: configure and build the unpacked tarball in build/DIR.
configure_build() {
	local dir=build/$1 name=$2
	shift 2
	rm -rf "$dir"
	mkdir -p "$dir"
	(cd "$dir" && "$top/build/src/configure" --enable-werror "$@" && make -j"$jobs") \
		>"$dir.log" 2>&1
	result "$name builds" $? "$dir.log"
}

# start_guest: start the guest in the background. It uses the engine that was built in the tree.
start_guest() {
	guest=
	[ "${VBLK_GUEST:-1}" != 0 ] || return
	mkdir -p build
	setsid t/vm/check.sh >build/guest.log 2>&1 &
	guest=$!
	trap 'kill -- "-$guest" 2>/dev/null' EXIT
}

# finish_guest: wait for the guest, and count its tests. Indented lines after a failed test are its
# output.
finish_guest() {
	local line status=0 lines=0
	[ -n "$guest" ] || return
	wait "$guest" || status=$?
	trap - EXIT
	while IFS= read -r line; do
		lines=$((lines + 1))
		case $line in
		PASS:*) result "${line#*: }" 0 ;;
		SKIP:*) result "${line#*: }" 77 ;;
		FAIL:*) result "${line#*: }" 1; status=0 ;;
		*) echo "$line" ;;
		esac
	done < <(grep -E '^(PASS:|SKIP:|FAIL:|    )' build/guest.log)
	[ "$status" -eq 0 ] && [ $lines -gt 0 ] ||
		result "guest for vduse, vdpa_sim, vp_vdpa and vfio" 1 build/guest.log
}

note "packages"
[ "${VBLK_GUEST:-1}" != 0 ] || packages_guest=
# shellcheck disable=SC2086
need_packages $packages_run $packages_test $packages_guest || { result "packages install" 1; finish; }

note "build"
build_tree --enable-werror || { result "build" 1; finish; }
result "build with -Werror" 0
if [ -n "$quick" ]; then
	note "tests"
	TARGET=check-quick run_check . tests
	finish
fi
start_guest

note "style"
mkdir -p build
sh t/lint.sh >build/lint.log 2>&1
result lint $? build/lint.log

note "the newest fio"
engine/fetch-fio.sh -s sid -b build/fio-sid >build/fio-sid.log 2>&1
newest=$?
case $newest in
0) export FIO_OTHER_SRC=$top/build/fio-sid ;;
3) tail -n 1 build/fio-sid.log ;;
*) result "fetch and build the newest fio" 1 build/fio-sid.log ;;
esac

note "tests"
export TMPDIR=${TMPDIR:-/tmp}
run_check . tests

note "distribution"
(make distcheck TESTS="t/unit/test-assign t/unit/test-virtq-layout t/end-to-end/load-absolute-path.sh" \
	AM_DISTCHECK_CONFIGURE_FLAGS="--enable-werror --with-fio=$top/fio-src") >build/distcheck.log 2>&1
result "distcheck" $? build/distcheck.log
rm -rf build/src
mkdir -p build/src
tar -C build/src --strip-components=1 -xf libfio_vblk-*.tar.xz
result "distribution unpacks" $?

note "sanitizers"
configure_build asan "sanitizers" --enable-sanitizers --with-fio="$top/fio-src"
VBLK_SANITIZERS=1 TARGET=check-sanitizers run_check build/asan sanitizers

note "clang, without fio"
configure_build clang "clang" CC=clang --with-fio="$top/fio-src"
configure_build nofio "rings and device without fio" --without-fio
run_check build/nofio "without fio" TESTS="t/unit/test-arena t/unit/test-blk-dev t/unit/test-virtq"

note "engine for the newest fio"
case $newest in
0)
	configure_build sid "engine for $(sed -n 's/^FIO_VERSION = //p' build/fio-sid/FIO-VERSION-FILE)" \
		--with-fio="$top/build/fio-sid"
	unset FIO_OTHER_SRC
	FIO=$top/build/fio-sid/fio TARGET=check-newest-fio run_check build/sid "newest fio"
	;;
3) result "engine for the newest fio (the Debian archive cannot be reached)" 77 ;;
esac

note "guest: vhost-vdpa and vfio-pci"
finish_guest

finish
