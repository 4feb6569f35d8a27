# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Library of the end-to-end tests: starts back-ends and fio, and checks results. Source it with the
# top of the build tree as the current directory. A test exits with 0 if it passed, 77 if it was
# skipped, and any other status if it failed.
#
# FIO              use this fio instead of the one in PATH
# ENGINE           use this engine instead of the one built here
# INFO             use this vblk-info instead of the one built here
# VBLK_SANITIZERS  1: the engine was built with sanitizers, so preload their libraries into fio

set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
srcdir=$(cd "$srcdir" && pwd)
. "$srcdir/t/back-ends.sh"
builddir=$PWD
FIO=${FIO:-$(command -v fio)}
ENGINE=${ENGINE:-$builddir/engine/.libs/libfio_vblk.so}
INFO=${INFO:-$builddir/vhost/info/vblk-info}
LIMIT=60	# longest run time of fio, in seconds
dir=$(mktemp -d "${TMPDIR:-/tmp}/vblk.XXXXXX") || exit 99
pids=
rc=0

preload=
if [ "${VBLK_SANITIZERS:-0}" = 1 ]; then
	preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
fi

# ours [PID]...: print the processes that have this test's directory in their command line, except
# the given ones. No other test uses this directory. fio's job processes leave the session of the
# test, but keep their command line.
ours() {
	# shellcheck disable=SC2062 # the glob names files
	echo "$dir/" | grep -lsF -f - /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
		case " $* " in
		*" $pid "*) ;;
		*) echo "$pid" ;;
		esac
	done
}

cleanup() {
	status=$?
	trap - EXIT INT TERM HUP
	exec 2>/dev/null
	for pid in $(ours); do
		kill -TERM "$pid" 2>/dev/null
		kill -CONT "$pid" 2>/dev/null
	done
	tries=20
	while [ $tries -gt 0 ] && [ -n "$(ours)" ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	for pid in $(ours); do
		kill -KILL "$pid" 2>/dev/null
	done
	rm -rf "$dir"
	exit $status
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "FAILED: $*" >&2
	for file in "$dir"/out "$dir"/err "$dir"/*.log; do
		[ -s "$file" ] || continue
		echo "--- $(basename "$file")" >&2
		tail -n 60 "$file" >&2
	done
	exit 1
}

skip() {
	echo "skipped: $*"
	exit 77
}

need() {
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# The tests of info/ set subject=info and need neither fio nor the engine.
if [ "${subject:-fio}" = info ]; then
	[ -x "$INFO" ] || skip "vblk-info is not built (it needs libjansson)"
	need jq
else
	[ -n "$FIO" ] || skip "fio is not installed"
	[ -e "$ENGINE" ] || skip "$ENGINE is not built"
fi

# wait_until SECONDS COMMAND...: repeat the command until it succeeds. Fails if it does not succeed
# in time.
wait_until() {
	tries=$(($1 * 20))
	shift
	while [ $tries -gt 0 ]; do
		"$@" && return 0
		tries=$((tries - 1))
		sleep 0.05
	done
	return 1
}

gone() {
	! alive "$1"
}

await_socket() {
	await_listening "$1" "$2" || fail "back-end $why: $(cat "$2".said)"
}

# start_qsd NAME [KEY=VALUE]...: start qemu-storage-daemon. Sets $sock, $img and $qsd. Creates $img,
# filled with zeroes, unless it exists. Keys and defaults: size=16M queues=4 block=512 writable=on
# discard=unmap store=file (or null).
start_qsd() {
	need qemu-storage-daemon
	sock=$dir/$1.sock
	img=$dir/$1.img
	shift
	size=16M queues=4 block=512 writable=on discard=unmap store=file
	for arg; do
		eval "${arg%%=*}=\${arg#*=}"
	done
	if [ "$store" = null ]; then
		node=driver=null-co,node-name=n,read-zeroes=on,size=$(numfmt --from=iec "$size")
	else
		[ -e "$img" ] || truncate -s "$size" "$img"
		node=driver=file,node-name=n,filename=$img,discard=$discard
		[ "$writable" = on ] || node=$node,read-only=on
	fi
	qemu-storage-daemon --blockdev "$node" --export "vhost-user-blk,id=e,node-name=n,addr.type=unix,addr.path=$sock,\
writable=$writable,num-queues=$queues,logical-block-size=$block" >"$sock.said" 2>&1 </dev/null &
	qsd=$!
	pids="$pids $qsd"
	await_socket $qsd "$sock"
}

# start_fake NAME [OPTION]...: start t/fake-backend/fake-backend. Sets $sock, $log (one line per
# message) and $fake.
start_fake() {
	[ -x "$builddir/t/fake-backend/fake-backend" ] || skip "t/fake-backend/fake-backend is not built"
	sock=$dir/$1.sock
	log=$dir/$1.log
	shift
	"$builddir/t/fake-backend/fake-backend" --socket "$sock" --log "$log" "$@" >"$sock.said" 2>&1 </dev/null &
	fake=$!
	pids="$pids $fake"
	await_socket $fake "$sock"
}

# stop_fake [PID]: stop fake-backend. The test fails if fake-backend found that the driver broke a
# rule.
stop_fake() {
	status=0
	kill -TERM "${1:-$fake}" 2>/dev/null
	wait "${1:-$fake}" || status=$?
	[ "$status" -eq 0 ] || fail "fake-backend ended with status $status: $(cat "$sock.said")"
}

# start_device NAME [OPTION]...: start t/vblk-device/vblk-device, which uses DPDK's vhost library.
# Sets $sock and $device. Creates a FIFO for --orders, $dir/orders.
start_device() {
	[ -x "$builddir/t/vblk-device/vblk-device" ] || skip "t/vblk-device/vblk-device is not built (it needs libdpdk)"
	sock=$dir/$1.sock
	shift
	[ -p "$dir/orders" ] || mkfifo "$dir/orders"
	"$builddir/t/vblk-device/vblk-device" --socket "$sock" "$@" >"$sock.said" 2>&1 </dev/null &
	device=$!
	pids="$pids $device"
	await_socket $device "$sock"
}

# order TEXT: give an order to the vblk-device that was started with --orders "$dir/orders", and
# wait until the device has accepted the order.
order() {
	said=$(grep -Fcx "vblk-device: order: $*" "$sock.said")
	echo "$*" 1<>"$dir/orders"
	wait_until 5 obeyed $((said + 1)) "$*" || fail "the device did not accept the order $*: $(cat "$sock.said")"
}

obeyed() {
	[ "$(grep -Fcx "vblk-device: order: $2" "$sock.said")" -ge "$1" ]
}

stop_device() {
	status=0
	kill -TERM "$device" 2>/dev/null
	wait "$device" || status=$?
	[ "$status" -eq 0 ] || fail "vblk-device ended with status $status: $(cat "$sock.said")"
}

# start_file_device NAME SIZE [OPTION]...: start vblk-device with the file $img as its store.
start_file_device() {
	img=$dir/$1.img
	bytes=$(numfmt --from=iec "$(echo "$2" | tr km KM)")
	name=$1
	shift 2
	start_device "$name" --store file --file "$img" --size "$bytes" "$@"
}

# start_fio OPTION...: start fio with the engine, in the background. Sets $fio.
start_fio() {
	asan=
	[ -z "$preload" ] || asan=detect_leaks=0:halt_on_error=1
	env ${preload:+LD_PRELOAD="$preload" ASAN_OPTIONS="$asan"} "$FIO" --aux-path="$dir/" \
		--ioengine="external:$ENGINE" "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	fio=$!
}

# finish_fio SECONDS: wait until fio ends. The test fails if fio does not end in time. Sets $rc.
finish_fio() {
	wait_until "$1" gone "$fio" || fail "fio did not end within $1 s"
	rc=0
	wait "$fio" || rc=$?
	check_sanitizers
	expect_no_jobs_left
}

# has NUMBER PATTERN FILE: true if at least NUMBER lines of the file match. For wait_until.
has() {
	[ "$(grep -Ec -- "$2" "$3" 2>/dev/null)" -ge "$1" ]
}

# any_fio OPTION...: run fio with the engine that the options name. Sets $rc. fio puts its auxiliary
# files into $dir. This also puts the name of $dir into the command line of fio, by which ours()
# finds its processes.
any_fio() {
	rc=0
	if [ -n "$preload" ]; then
		timeout -k 5 $LIMIT env LD_PRELOAD="$preload" \
			ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 \
			"$FIO" --aux-path="$dir/" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	else
		timeout -k 5 $LIMIT "$FIO" --aux-path="$dir/" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	fi
	check_sanitizers
	[ $rc -ne 124 ] && [ $rc -ne 137 ] || fail "fio did not end within $LIMIT s"
}

check_sanitizers() {
	# fio 3.33 frees the options of a job twice if the job ended without an exit message,
	# whatever its engine. This is the last thing that fio does, so ignoring the report hides no
	# error of ours.
	if [ -n "${double_free_of_fio-}" ] && grep -q 'in fio_options_free' "$dir/err" &&
		[ "$(grep -c 'ERROR: AddressSanitizer' "$dir/err")" = 1 ]; then
		return
	fi
	if grep -Eq 'AddressSanitizer|UndefinedBehaviorSanitizer|runtime error:' "$dir/out" "$dir/err"; then
		fail "a sanitizer reported an error"
	fi
}

# run_fio OPTION...: run fio with the engine. Sets $rc. The output of fio is in $dir/out and
# $dir/err.
run_fio() {
	any_fio --ioengine="external:$ENGINE" "$@"
	if grep -Eq 'got signal|terminated by signal|Segmentation' "$dir/out" "$dir/err"; then
		fail "a job crashed"
	fi
	[ $rc -lt 126 ] || fail "fio crashed with status $rc"
}

# fio_ok OPTION...: run fio with the engine and expect success.
fio_ok() {
	run_fio "$@"
	[ $rc -eq 0 ] || fail "fio ended with status $rc: fio $*"
	[ ! -s "$dir/err" ] || ! grep -q '^vblk: .*error' "$dir/err" || fail "the engine reported an error"
}

# fio_fails PATTERN OPTION...: run fio and expect that it fails, with exactly one error message of
# the engine, which matches.
fio_fails() {
	pattern=$1
	shift
	run_fio "$@"
	[ $rc -ne 0 ] || fail "fio succeeded where it should not: fio $*"
	expect_one_line "$pattern"
	expect_no_jobs_left
}

# psync_ok OPTION...: run fio's psync engine on a raw image and expect success.
psync_ok() {
	any_fio --ioengine=psync "$@"
	[ $rc -eq 0 ] || fail "psync ended with status $rc: fio $*"
}

# contents: set $reads and $writes, options of two jobs: one verifies the data that is stored, the
# other writes new data with another seed.
contents() {
	seed=$((${seed:-0} + 1))
	reads="--name=reads --verify_only --randseed=$((seed - 1))"
	writes="--name=writes --stonewall --randseed=$seed"
}

# cross_check "JOB" "OPTIONS" ["OTHER OPTIONS"]: write with the engine, which also verifies the
# data. Verify $img with psync, and write other data with psync. Verify this data with the engine
# and the other options.
cross_check() {
	truncate -s 0 "$img"
	truncate -s "$bytes" "$img"
	contents
	# shellcheck disable=SC2086
	fio_ok $1 --verify=crc32c $2 --filename="$sock" $writes
	contents
	# shellcheck disable=SC2086
	psync_ok $1 --verify=crc32c --filename="$img" $reads $writes --do_verify=0
	contents
	# shellcheck disable=SC2086
	fio_ok $1 --verify=crc32c ${3:-$2} --filename="$sock" $reads
}

expect_one_line() {
	expect_count 1 '^vblk:' "$dir/err"
	grep '^vblk:' "$dir/err" | grep -Eq -- "$1" || fail "the engine's message does not match: $1"
}

# expect_line PATTERN FILE
expect_line() {
	grep -Eq -- "$1" "$2" || fail "no line of $(basename "$2") matches: $1"
}

expect_no_line() {
	! grep -Eq -- "$1" "$2" || fail "a line of $(basename "$2") matches: $1"
}

# expect_ring LAYOUT [SIZE]: expect this ring in the start-up line.
expect_ring() {
	expect_line "^vblk: .*, $1 ring of ${2:-[0-9]+}, " "$dir/out"
}

# queue_stats ARGUMENT...: run jq on the queue records of $dir/stats.
queue_stats() {
	jq -c 'select(.record == "queue")' "$dir/stats" | jq "$@"
}

# expect_stat FILTER: expect that the jq filter is true for the array of queue records.
expect_stat() {
	[ "$(queue_stats -s "$1")" = true ] || fail "not true: $1, in $(cat "$dir/stats")"
}

# expect_count NUMBER PATTERN FILE
expect_count() {
	count=$(grep -Ec -- "$2" "$3")
	[ "$count" -eq "$1" ] || fail "$count lines of $(basename "$3") match, not $1: $2"
}

# lock_hugepages: until the test ends, keep other tests (of any build tree) from reserving huge
# pages or relying on their absence.
lock_hugepages() {
	[ -d /sys/kernel/mm/hugepages ] || skip "the kernel has no huge pages"
	exec 9</sys/kernel/mm/hugepages
	flock 9
}

only_backends() {
	# shellcheck disable=SC2086
	[ -z "$(ours $pids)" ]
}

# expect_no_jobs_left: expect that only the processes that the test started still run, and no job
# process of fio.
expect_no_jobs_left() {
	# fio --server does not wait for all of its children.
	# shellcheck disable=SC2086
	wait_until 5 only_backends || fail "still running: $(ours $pids)"
}

# expect_backend_free: expect that the back-end still works and that no other front-end holds its
# connection.
expect_backend_free() {
	LIMIT=20 fio_ok --name=free --filename="$sock" --rw=read --bs=4k --size=64k --vblk_timeout=5s
}

# json FILTER: run jq on fio's report, which must contain nothing but JSON.
json() {
	jq -er "$1" "$dir/out" || fail "no $1 in fio's report"
}

# Images: random bytes; the same range of two files; a range of zeroes.
make_image() {
	head -c "$2" /dev/urandom >"$1"
}

same_range() {
	cmp -s -n "$4" -i "$3:$3" "$1" "$2"
}

zero_range() {
	cmp -s -n "$3" -i "$2:0" "$1" /dev/zero
}

# copy_headers FROM TO: copy the headers of a configured fio source tree.
copy_headers() {
	[ -d "$1" ] || skip "there are no headers of fio in $1"
	mkdir -p "$2"
	(cd "$1" && find . -name '*.h' | tar -cf - -T -) | tar -xf - -C "$2"
}

# make_target TARGET [VARIABLE=VALUE]...: make a target in the build tree, independently of the make
# that runs this test.
make_target() {
	(cd "$builddir" && MAKEFLAGS='' MAKELEVEL='' make "$@") >"$dir/make.log" 2>&1 || fail "make $1 failed"
}

# make_with_fuzz_cc TARGET: make a target that needs the compiler for fuzz targets.
make_with_fuzz_cc() {
	grep -q '^FUZZ_CC = .' "$builddir/Makefile" || skip "configure found no clang with libFuzzer and ThreadSanitizer"
	make_target "$1"
}

# build_engine TO FIO_DIR [VERSION]: build the engine for another fio. Without optimisation, because
# fio only has to refuse the engine.
build_engine() {
	make_target engine-for-fio OUT="$1" FIO_DIR="$2" ${3:+FIO_VERSION="$3"} CFLAGS=
}

# written IMAGE: true if something was written to this sparse image.
written() {
	[ "$(du -k "$1" | cut -f1)" -ge 64 ]
}

# children PID: print the child processes, oldest first. has_children PID NUMBER: true if there are
# at least NUMBER.
children() {
	cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | grep . | sort -n
}

has_children() {
	[ "$(children "$1" | wc -l)" -ge "$2" ]
}

# report FILTER: run jq on fio's JSON report. If a job failed, fio may have printed other lines
# before the JSON.
report() {
	sed -n '/^{/,$p' "$dir/out" | jq -r "$1"
}

# draws_from NUMBER...: seed draw() with these numbers. The same seed gives the same numbers on
# every machine.
draws_from() {
	chance=0
	for number; do
		chance=$(((chance * 1103515245 + number + 12345) % 2147483648))
		draw 2
	done
}

# draw N: set $drawn to a random number from 0 to N - 1. pick WORD...: set $drawn to one of the
# words.
draw() {
	chance=$(((chance * 1103515245 + 12345) % 2147483648))
	# The low bits of this generator repeat soon.
	drawn=$((chance / 1024 % $1))
}

pick() {
	draw $#
	shift "$drawn"
	drawn=$1
}

# new_seed: print a random seed.
new_seed() {
	od -An -N3 -tu4 /dev/urandom | tr -d ' '
}

# nap MILLISECONDS
nap() {
	sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"
}
