# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2153,SC2154 # compare.sh sets them
# Functions for compare.sh and its parts: back-ends, variants, one run of fio and its record. Sourced by compare.sh.
#
# A run is one line of JSON in $runs. A failed run is recorded too, with "failed".

say() {
	echo "bench: $*" >&2
}

die() {
	say "$*"
	exit 1
}

# quiet_begin, quiet_end: hold the lock LOCK=, if set, while related measurements are taken
quiet_begin() {
	[ -z "$LOCK" ] || flock 9
}

quiet_end() {
	[ -z "$LOCK" ] || flock -u 9
}

# Print the first two CPUs that this process may use.
allowed_cpus() {
	sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status | tr , '\n' |
		awk -F - '{ for (cpu = $1; cpu <= ($2 == "" ? $1 : $2); cpu++) print cpu }' | head -n 2 | paste -sd ' '
}

# ---- back-ends ----

# await_backend PID LOG: wait until the back-end listens on $sock
await_backend() {
	await_listening "$1" "$sock" || die "$backend $why: $(cat "$2")"
}

# start_device [OPTION]...: start t/vblk-device/vblk-device, polling. Sets $sock and $served_by.
start_device() {
	sock=$work/$backend.sock
	taskset -c "$device_cpu" "$builddir/t/vblk-device/vblk-device" --socket "$sock" --poll --cpu "$device_cpu" \
		--size "$bytes" "$@" >"$work/backend.log" 2>&1 </dev/null 9>&- &
	served_by=$!
	await_backend $served_by "$work/backend.log"
}

# start_qsd BLOCKDEV: start qemu-storage-daemon to serve this block device node in an I/O thread, which polls adaptively
start_qsd() {
	sock=$work/$backend.sock
	taskset -c "$device_cpu" qemu-storage-daemon --object iothread,id=t --blockdev "$1,node-name=n" \
		--export "vhost-user-blk,id=e,node-name=n,addr.type=unix,addr.path=$sock,writable=on,num-queues=4,iothread=t" \
		>"$work/backend.log" 2>&1 </dev/null 9>&- &
	served_by=$!
	await_backend $served_by "$work/backend.log"
}

# can_serve BACKEND: return true if the back-end's program exists
can_serve() {
	case $1 in
	device-*) [ -x "$builddir/t/vblk-device/vblk-device" ] || { say "$1: t/vblk-device/vblk-device is not built"; return 1; } ;;
	qsd-*) command -v qemu-storage-daemon >/dev/null || { say "$1: qemu-storage-daemon is not installed"; return 1; } ;;
	esac
}

# start_backend NAME
start_backend() {
	backend=$1
	img=
	case $backend in
	device-null) start_device --store null --queues 4 ;;
	device-ram) start_device --store ram --queues 4 && fill ;;
	qsd-null) start_qsd "driver=null-co,read-zeroes=off,size=$bytes" ;;
	qsd-file)
		img=$work/disk.img
		[ -e "$img" ] || head -c "$bytes" /dev/zero >"$img"
		start_qsd "driver=file,filename=$img"
		;;
	*) die "BACKENDS: '$backend' is unknown" ;;
	esac
}

# End the back-end. If it found that the driver broke a rule, the measurement is invalid.
stop_backend() {
	[ -n "$served_by" ] || return 0
	status=0
	kill -TERM "$served_by" 2>/dev/null
	wait "$served_by" || status=$?
	served_by=
	case $backend-$status in
	device-*-0 | qsd-*) ;;
	*) die "$backend ended with status $status: $(tail -n 5 "$work/backend.log")" ;;
	esac
}

# Memory that was never written is a single page of zeroes, always in the cache; so write it first.
fill() {
	timeout -k 5 60 taskset -c "$fio_cpu" "$FIO" --name=fill --ioengine="external:$ENGINE" --filename="$sock" \
		--thread=1 --rw=write --bs=1M --iodepth=4 --size="$bytes" --output="$work/fill.out" 2>&1 ||
		die "$backend cannot be filled: $(tail -n 3 "$work/fill.out")"
}

# ---- variants ----

has_blkio() {
	"$FIO" --enghelp=libblkio 2>/dev/null | grep -q '^libblkio_path'
}

# variant_lines NAME: print the lines of the job file for this variant; return false if the variant cannot run on
# $backend
#
#   null                      fio's null engine: the cost of the job itself
#   default                   this engine with its default options
#   WORD-WORD...              this engine: split or packed; spin, hybrid or block; direct (no indirect descriptors);
#                             small (no huge pages) or huge (2 MiB pages)
#   blkio-loop|block|eventfd  fio's libblkio ioengine; block is its default
#   kernel-ENGINE             no virtio: an ioengine of fio, e.g. io_uring, on the file that qemu-storage-daemon serves
variant_lines() {
	case $1 in
	null)
		echo "ioengine=null"
		return
		;;
	blkio-*)
		case $backend in qsd-*) ;; *) return 1 ;; esac
		[ "$with_blkio" = 1 ] || return 1
		printf '%s\n' ioengine=libblkio libblkio_driver=virtio-blk-vhost-user \
			"libblkio_path=$sock" "libblkio_wait_mode=${1#blkio-}"
		return
		;;
	kernel-*)
		[ "$backend" = qsd-file ] || return 1
		printf '%s\n' "ioengine=${1#kernel-}" "filename=$img"
		return
		;;
	esac
	printf '%s\n' "ioengine=external:$ENGINE" "filename=$sock" "vblk_stats=$work/stats"
	[ "$1" != default ] || return 0
	for word in $(echo "$1" | tr - ' '); do
		case $word in
		split) echo vblk_ring=split ;;
		packed)
			case $backend in qsd-*) return 1 ;; esac
			echo vblk_ring=packed
			;;
		spin | hybrid | block) echo "vblk_wait=$word" ;;
		direct) echo "vblk_features=-indirect_desc" ;;
		small) echo "vblk_hugepages=none" ;;
		huge) echo "vblk_hugepages=2M" ;;
		*) die "VARIANTS: '$1' is unknown" ;;
		esac
	done
}

# variant_known NAME: return true if the variant exists
variant_known() {
	case $1 in
	null | default | blkio-loop | blkio-block | blkio-eventfd | kernel-?*) return 0 ;;
	esac
	for word in $(echo "$1" | tr - ' '); do
		case $word in
		split | packed | spin | hybrid | block | direct | small | huge) ;;
		*) return 1 ;;
		esac
	done
}

# usable VARIANT...: print the variants that can run on $backend
usable() {
	for variant; do
		variant_lines "$variant" >/dev/null && printf '%s ' "$variant"
	done
}

# rotate N WORD...: print the words, rotated by N, so that no variant always follows the same one
rotate() {
	turns=$(($1 % ($# - 1)))
	shift
	while [ $turns -gt 0 ]; do
		first=$1
		shift
		set -- "$@" "$first"
		turns=$((turns - 1))
	done
	echo "$@"
}

# ---- CPU usage of other processes ----

# ticks: set $ticks to the busy time of the two CPUs so far (steal time counts as busy), the part of it used by this
# script's ended children and the back-end, and the current time; all in clock ticks
ticks() {
	# Not in a subshell, because a subshell has its own children.
	times >"$work/times"
	ticks=$(awk -v fio=cpu"$fio_cpu" -v device=cpu"$device_cpu" -v hz="$hz" '
		function seconds(text, part) {
			split(text, part, "m")
			return part[1] * 60 + part[2]
		}
		FILENAME ~ /uptime$/ { now = $1 * hz }
		FILENAME == "/proc/stat" && ($1 == fio || $1 == device) { busy += $2 + $3 + $4 + $7 + $8 + $9 }
		FILENAME ~ /\/times$/ && FNR == 2 { ours += (seconds($1) + seconds($2)) * hz }
		FILENAME ~ /[0-9]\/stat$/ {
			sub(/.*\) /, "")
			ours += $12 + $13
		}
		END { print busy, ours, now }
	' /proc/uptime /proc/stat "$work/times" ${served_by:+"/proc/$served_by/stat"})
}

# others BEFORE AFTER: per cent of one CPU that other processes took of the two CPUs between two values of $ticks
others() {
	echo "$1 $2" | awk -v hz="$hz" '{
		elapsed = $6 - $3
		# One or two ticks in a short run are not significant.
		percent = ($4 - $1 - $5 + $2) * 100 / (elapsed < hz ? hz : elapsed)
		printf "%.1f\n", percent < 0 ? 0 : percent
	}'
}

# quietly COMMAND...: run a command; repeat it if other processes took too much of the CPUs meanwhile. Sets $status and
# $others. The output is in $work/out and $work/said.
quietly() {
	tries=0
	while :; do
		tries=$((tries + 1))
		status=0
		: >"$work/stats"
		ticks
		before=$ticks
		"$@" >"$work/out" 2>"$work/said" </dev/null 9>&- || status=$?
		ticks
		others=$(others "$before" "$ticks")
		# Repeat because of other processes only, never because of the result.
		if [ "$tries" -ge "$TRIES" ] || [ "${others%.*}" -lt "$QUIET" ]; then
			break
		fi
		sleep 1
	done
}

# ---- runs ----

# write_job PART VARIANT JOBFILE [LINE]...: write a complete job file, which stays in $OUT/jobs: JOBFILE with the
# variables replaced, the variant's lines, and the given lines. Sets $job.
write_job() {
	part=$1 variant=$2
	mkdir -p "$OUT/jobs"
	job=$OUT/jobs/$part-$backend-$variant-$DEPTH-$BATCH.fio
	{
		sed -e '/^#/d' -e "s/\${DEPTH}/$DEPTH/; s/\${BATCH}/$BATCH/; s/\${BYTES}/$bytes/" \
			-e "s/\${RUN_MS}/$run_ms/" "$bench/$3"
		variant_lines "$variant"
		shift 3
		[ $# -eq 0 ] || printf '%s\n' "$@"
		echo "[$variant]"
	} >"$job"
}

# run PART VARIANT JOBFILE [LINE]...: run fio once on $backend and record the run for $round
run() {
	write_job "$@"
	quietly timeout -k 5 $((run_ms / 100 + 30)) taskset -c "$fio_cpu" "$FIO" --output-format="${FORMAT:-json}" "$job"
	if [ "$status" -ne 0 ]; then
		say "$part, $backend, $variant, depth $DEPTH: fio ended with status $status: $(tail -n 1 "$work/said")"
		jq -nc --arg part "$part" --arg backend "$backend" --arg variant "$variant" \
			--argjson depth "$DEPTH" --argjson batch "$BATCH" --argjson round "$round" \
			'$ARGS.named + {failed: true}' \
			>>"$runs"
		return
	fi
	jq -c --arg part "$part" --arg backend "$backend" --arg variant "$variant" --argjson round "$round" \
		--argjson depth "$DEPTH" --argjson batch "$BATCH" --argjson others "$others" \
		--slurpfile stats "$work/stats" -f "$bench/run.jq" "$work/out" >>"$runs" ||
		die "fio's report of $part, $backend, $variant cannot be read"
}

# figure PART NAME VALUE [OTHERS]: record a value measured without fio for $round
figure() {
	jq -nc --arg part "$1" --arg variant "$2" --argjson value "$3" --argjson round "$round" \
		--arg backend "$backend" --argjson depth "$DEPTH" --argjson others_percent "${4:-0}" '$ARGS.named' >>"$runs"
}
