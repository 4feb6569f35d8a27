# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For the end-to-end tests: back-ends, fio, and what to expect of them. Sourced, with the top of the build tree as the
# current directory. A test exits 0 = passed, 77 = skipped, anything else = failed.
#
# FIO              another fio than the one in PATH
# ENGINE           another engine than the one built here
# INFO             another vblk-info than the one built here
# VBLK_SANITIZERS  1: the engine was built with sanitizers, so that fio needs their libraries first

set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
srcdir=$(cd "$srcdir" && pwd)
. "$srcdir/t/back-ends.sh"
builddir=$PWD
FIO=${FIO:-$(command -v fio)}
ENGINE=${ENGINE:-$builddir/engine/.libs/libfio_vblk.so}
INFO=${INFO:-$builddir/vhost/info/vblk-info}
LIMIT=60	# seconds that a fio may take
dir=$(mktemp -d "${TMPDIR:-/tmp}/vblk.XXXXXX") || exit 99
pids=
rc=0

preload=
if [ "${VBLK_SANITIZERS:-0}" = 1 ]; then
	preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
fi

# ours [PID]...: the processes that have this test's directory on their command line, without those named. Nobody
# else's can have it, and fio's job processes, which leave its session, keep it.
ours() {
	# shellcheck disable=SC2062 # these are files
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

# What is tested: fio with the engine, unless lib-info.sh says otherwise.
if [ "${subject:-fio}" = info ]; then
	[ -x "$INFO" ] || skip "vblk-info is not built (it needs libjansson)"
	need jq
else
	[ -n "$FIO" ] || skip "fio is not installed"
	[ -e "$ENGINE" ] || skip "$ENGINE is not built"
fi

# wait_until SECONDS COMMAND...: until it succeeds; false if it never does.
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

# start_qsd NAME [KEY=VALUE]...: qemu-storage-daemon. Sets $sock, $img (a file of zeroes, unless it exists) and $qsd.
# size=16M queues=4 block=512 writable=on discard=unmap store=file (or null)
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

# start_fake NAME [OPTION]...: t/fake-backend/fake-backend. Sets $sock, $log (one line per message) and $fake.
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

# stop_fake [PID]: ends it; whatever rule the driver broke in its eyes fails the test.
stop_fake() {
	status=0
	kill -TERM "${1:-$fake}" 2>/dev/null
	wait "${1:-$fake}" || status=$?
	[ "$status" -eq 0 ] || fail "fake-backend ended with status $status: $(cat "$sock.said")"
}

# start_device NAME [OPTION]...: t/vblk-device/vblk-device, on DPDK's vhost library. Sets $sock and $device. For --orders there is a
# FIFO, $dir/orders.
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

# order TEXT: to the t/vblk-device/vblk-device that was started with --orders "$dir/orders"; it counts from the return on.
order() {
	said=$(grep -Fcx "vblk-device: order: $*" "$sock.said")
	echo "$*" 1<>"$dir/orders"
	wait_until 5 obeyed $((said + 1)) "$*" || fail "the device did not take the order $*: $(cat "$sock.said")"
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

# start_file_device NAME SIZE [OPTION]...: the same, storing into $img.
start_file_device() {
	img=$dir/$1.img
	bytes=$(numfmt --from=iec "$(echo "$2" | tr km KM)")
	name=$1
	shift 2
	start_device "$name" --store file --file "$img" --size "$bytes" "$@"
}

# start_fio OPTION...: with the engine, in the background. Sets $fio.
start_fio() {
	asan=
	[ -z "$preload" ] || asan=detect_leaks=0:halt_on_error=1
	env ${preload:+LD_PRELOAD="$preload" ASAN_OPTIONS="$asan"} "$FIO" --aux-path="$dir/" \
		--ioengine="external:$ENGINE" "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	fio=$!
}

# finish_fio SECONDS: it ends within that time. Sets $rc.
finish_fio() {
	wait_until "$1" gone "$fio" || fail "fio did not end within $1 s"
	rc=0
	wait "$fio" || rc=$?
	check_sanitizers
	expect_no_jobs_left
}

# has NUMBER PATTERN FILE: at least so many lines by now; for wait_until.
has() {
	[ "$(grep -Ec -- "$2" "$3" 2>/dev/null)" -ge "$1" ]
}

# fio, without any engine. What fio leaves in files goes to our directory, whose name is how it is found.
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
	# fio 3.33 frees the options of a job that ended without a word a second time, whatever the engine. It is the last it
	# does, so that nothing of ours is hidden.
	if [ -n "${double_free_of_fio-}" ] && grep -q 'in fio_options_free' "$dir/err" &&
		[ "$(grep -c 'ERROR: AddressSanitizer' "$dir/err")" = 1 ]; then
		return
	fi
	if grep -Eq 'AddressSanitizer|UndefinedBehaviorSanitizer|runtime error:' "$dir/out" "$dir/err"; then
		fail "a sanitizer complained"
	fi
}

# run_fio OPTION...: with the engine. Sets $rc; what it said is in $dir/out and $dir/err.
run_fio() {
	any_fio --ioengine="external:$ENGINE" "$@"
	if grep -Eq 'got signal|terminated by signal|Segmentation' "$dir/out" "$dir/err"; then
		fail "a job crashed"
	fi
	[ $rc -lt 126 ] || fail "fio crashed with status $rc"
}

# fio_ok OPTION...: the same, and all went well.
fio_ok() {
	run_fio "$@"
	[ $rc -eq 0 ] || fail "fio ended with status $rc: fio $*"
	[ ! -s "$dir/err" ] || ! grep -q '^vblk: .*error' "$dir/err" || fail "the engine reported an error"
}

# fio_fails PATTERN OPTION...: fio ends with an error, the engine having said exactly one line, which matches.
fio_fails() {
	pattern=$1
	shift
	run_fio "$@"
	[ $rc -ne 0 ] || fail "fio succeeded where it should not: fio $*"
	expect_one_line "$pattern"
	expect_no_jobs_left
}

# psync_ok OPTION...: fio's psync engine on a raw image.
psync_ok() {
	any_fio --ioengine=psync "$@"
	[ $rc -eq 0 ] || fail "psync ended with status $rc: fio $*"
}

# contents: sets $reads and $writes, the options of a job that verifies what is there, and of one that
# writes something else.
contents() {
	seed=$((${seed:-0} + 1))
	reads="--name=reads --verify_only --randseed=$((seed - 1))"
	writes="--name=writes --stonewall --randseed=$seed"
}

# cross_check "JOB" "OPTIONS" ["OTHER OPTIONS"]: what the engine writes to $sock, it and psync, from
# $img, read back; then the engine, with the other options, reads what psync wrote.
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
	grep '^vblk:' "$dir/err" | grep -Eq -- "$1" || fail "the line does not match: $1"
}

# expect_line PATTERN FILE
expect_line() {
	grep -Eq -- "$1" "$2" || fail "no line of $(basename "$2") matches: $1"
}

expect_no_line() {
	! grep -Eq -- "$1" "$2" || fail "a line of $(basename "$2") matches: $1"
}

# expect_ring LAYOUT [SIZE]: the start-up line says so.
expect_ring() {
	expect_line "^vblk: .*, $1 ring of ${2:-[0-9]+}, " "$dir/out"
}

# queue_stats ARGUMENT...: jq, of the records of queues in $dir/stats.
queue_stats() {
	jq -c 'select(.record == "queue")' "$dir/stats" | jq "$@"
}

# expect_stat FILTER: true of these, as an array.
expect_stat() {
	[ "$(queue_stats -s "$1")" = true ] || fail "not so: $1, in $(cat "$dir/stats")"
}

# expect_count NUMBER PATTERN FILE
expect_count() {
	count=$(grep -Ec -- "$2" "$3")
	[ "$count" -eq "$1" ] || fail "$count lines of $(basename "$3") match, not $1: $2"
}

# lock_hugepages: until the test ends nobody else of these tests, of whatever tree, reserves huge pages or counts on there
# being none.
lock_hugepages() {
	[ -d /sys/kernel/mm/hugepages ] || skip "the kernel has no huge pages"
	exec 9</sys/kernel/mm/hugepages
	flock 9
}

only_backends() {
	# shellcheck disable=SC2086
	[ -z "$(ours $pids)" ]
}

# Only what was started here still runs: no job process of fio.
expect_no_jobs_left() {
	# fio's server does not wait for all its children.
	# shellcheck disable=SC2086
	wait_until 5 only_backends || fail "still running: $(ours $pids)"
}

# A back-end that still answers: nothing was broken, and nobody holds its connection.
expect_backend_free() {
	LIMIT=20 fio_ok --name=free --filename="$sock" --rw=read --bs=4k --size=64k --vblk_timeout=5s
}

# json FILTER: of fio's report, which must be nothing but JSON.
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

# copy_headers FROM TO: a configured fio source tree's headers
copy_headers() {
	[ -d "$1" ] || skip "fio's headers are not there"
	mkdir -p "$2"
	(cd "$1" && find . -name '*.h' | tar -cf - -T -) | tar -xf - -C "$2"
}

# make_target TARGET [VARIABLE=VALUE]...: by the rules of the tree that is tested, whatever make runs this test
make_target() {
	(cd "$builddir" && MAKEFLAGS='' MAKELEVEL='' make "$@") >"$dir/make.log" 2>&1 || fail "make $1 fails"
}

# make_with_fuzz_cc TARGET: one that needs the compiler for fuzz targets
make_with_fuzz_cc() {
	grep -q '^FUZZ_CC = .' "$builddir/Makefile" || skip "configure found no clang with libFuzzer and ThreadSanitizer"
	make_target "$1"
}

# build_engine TO FIO_DIR [VERSION]: the engine, for another fio, not optimized: it has only to be turned away
build_engine() {
	make_target engine-for-fio OUT="$1" FIO_DIR="$2" ${3:+FIO_VERSION="$3"} CFLAGS=
}

# written IMAGE: something reached it that was sparse.
written() {
	[ "$(du -k "$1" | cut -f1)" -ge 64 ]
}

# children PID: its child processes, oldest first; has_children PID NUMBER
children() {
	cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | grep . | sort -n
}

has_children() {
	[ "$(children "$1" | wc -l)" -ge "$2" ]
}

# report FILTER: of fio's JSON, which fio may have put words before when a job failed.
report() {
	sed -n '/^{/,$p' "$dir/out" | jq -r "$1"
}

# draws_from NUMBER...: from here on draw gives the numbers that belong to these, the same ones everywhere.
draws_from() {
	chance=0
	for number; do
		chance=$(((chance * 1103515245 + number + 12345) % 2147483648))
		draw 2
	done
}

# draw N: sets $drawn, 0 to N - 1. pick WORD...: sets it to one of them.
draw() {
	chance=$(((chance * 1103515245 + 12345) % 2147483648))
	# The low bits of such a sequence repeat soon.
	drawn=$((chance / 1024 % $1))
}

pick() {
	draw $#
	shift "$drawn"
	drawn=$1
}

# new_seed: for a run that was given none
new_seed() {
	od -An -N3 -tu4 /dev/urandom | tr -d ' '
}

# nap MILLISECONDS
nap() {
	sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"
}
