#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whatever fault occurs at whatever message of set-up or stop, the user gets one message that names
# the device and the vhost-user message, and fio exits with a non-zero status. No process is left,
# and the connection is closed (VU-1, VU-2, VU-4, VU-10).
#
# The matrix is generated from the messages of a run without faults. test-message-faults runs all
# faults and checks for leaks within a process.
#
# FAULTS selects the faults (default: nack stall-at close-at; all: "nack stall-at close-at
# truncate-at wrong-reply-at repeat-reply-at", a long run).
# sanitizers: no (too slow with them)
. "${srcdir:-.}/t/end-to-end/lib.sh"

workers=4

# sequence LOG: print "MESSAGE N set-up" or "MESSAGE N stop" for each message. Messages after the
# last kick belong to the stop.
sequence() {
	awk '$1 == "KICK" { for (i in phase) phase[i] = "set-up" }
		$1 ~ /^[GSA][A-Z_]*_[A-Z_]*$/ { line[++n] = $1 " " ++count[$1]; phase[n] = "stop" }
		END { for (i = 1; i <= n; i++) print line[i], phase[i] }' "$1"
}

# go CELL FAULT MESSAGE N TIMEOUT: run fio once with this fault. Sets $rc, $status and $back_end.
# Leaves everything else in the cell's directory.
go() {
	rm -rf "$1"
	mkdir "$1"
	mkfifo "$1/ready"
	# shellcheck disable=SC2086
	timeout 60 "$builddir/t/fake-backend/fake-backend" --socket "$1/s" --log "$1/log" --one-connection $config "--$2" "$3:$4" \
		>"$1/ready" 2>"$1/said" &
	back_end=$!
	read -r _ <"$1/ready"
	rc=0
	# shellcheck disable=SC2086
	timeout -k 5 $LIMIT env ${preload:+LD_PRELOAD="$preload" ASAN_OPTIONS=detect_leaks=0:halt_on_error=1} \
		"$FIO" --aux-path="$1/" --ioengine="external:$ENGINE" $job --vblk_timeout="$5" --filename="$1/s" \
		>"$1/out" 2>"$1/err" </dev/null || rc=$?
	status=0
	wait $back_end || status=$?
}

left() {
	grep -lsF "$1/" /proc/[0-9]*/cmdline
}

none_left() {
	[ -z "$(left "$1")" ]
}

# judge CELL FAULT MESSAGE PHASE LATER: print what differs from the expected outcome. LATER lists
# the messages that come after MESSAGE.
judge() {
	wait_until 5 none_left "$1" || echo "a process was left running"
	[ $status -ne 124 ] || echo "the connection stayed open"
	[ $status -eq 0 ] || echo "the back-end ended with status $status: $(cat "$1/said")"
	[ $rc -lt 124 ] || echo "fio ended with status $rc"
	! grep -Eq 'Sanitizer|runtime error:|got signal|terminated by signal' "$1/out" "$1/err" || echo "a process crashed"
	lines=$(grep -c '^vblk: ' "$1/err")
	outcome=named
	grep -q '^FAULT .* unanswered$' "$1/log" && outcome=later
	case $2:$3 in
	nack:GET_CONFIG) outcome=fine ;;
	repeat-reply-at:*) outcome=later ;;
	esac
	grep -q '^FAULT ' "$1/log" || outcome=fine
	# No later message exists that could notice the fault.
	[ "$outcome" != later ] || [ -n "$5" ] || outcome=fine
	if [ $outcome = fine ]; then
		[ $rc -eq 0 ] && [ "$lines" -eq 0 ] || echo "fio failed or printed an error"
		return
	fi
	[ $rc -ne 0 ] || echo "fio succeeded"
	[ "$lines" -eq 1 ] || echo "$lines error messages instead of one"
	where="^vblk: $1/s: (queue [0-9]+, a ring of [0-9]+: )?"
	[ "$4" = set-up ] || where="^vblk: $1/s: the device was not stopped cleanly: "
	case $outcome in
	named) what=$3 ;;
	later)
		where="^vblk: $1/s: "
		what="$(echo "$5" | tr -s ' ' '|')|closed the connection|an unexpected message"
		;;
	esac
	grep -Eq "$where(.*[^A-Z_])?($what)([^A-Z_]|\$)" "$1/err" || echo "the error message does not name the vhost-user message"
}

# cell CELL FAULT MESSAGE N PHASE LATER: run a cell and add a line to $dir/results.
cell() {
	go "$1" "$2" "$3" "$4" 300ms
	wrong=$(judge "$1" "$2" "$3" "$5" "$6")
	# A busy machine may exceed the short timeout: try again with a longer one.
	if [ -n "$wrong" ] && grep -q 'within' "$1/err"; then
		go "$1" "$2" "$3" "$4" 10s
		wrong=$(judge "$1" "$2" "$3" "$5" "$6")
	fi
	if [ -z "$wrong" ]; then
		echo "as expected: --$2=$3:$4" >>"$dir/results"
	else
		echo "${config:-everything offered} --$2=$3:$4 ($5): $(echo "$wrong" | tr '\n' ';')" \
			"$(grep '^vblk: ' "$1/err")" >>"$dir/results"
	fi
	rm -rf "$1"
}

# worker N: run every cell that belongs to this worker.
worker() {
	awk -v n="$1" -v all=$workers 'NR % all == n' "$dir/cells" | while read -r fault message nth phase later; do
		cell "$dir/$1" "$fault" "$message" "$nth" "$phase" "$later"
	done
}

# matrix FAULTS OPTIONS: run the matrix against a back-end with these options.
matrix() {
	config=$2
	# shellcheck disable=SC2086
	start_fake healthy $config
	# shellcheck disable=SC2086
	fio_ok $job --filename="$sock"
	stop_fake
	sequence "$log" >"$dir/sequence"
	rm -f "$log"
	grep -q ' set-up$' "$dir/sequence" && grep -q ' stop$' "$dir/sequence" || fail "$config: the log of the run without faults has no messages"
	# Without REPLY_ACK, a fault at a message that has no reply shows at a later message. Each
	# cell accepts the names of all later messages, so this test need not know which messages
	# have a reply.
	awk -v faults="$1" '{ line[NR] = $0; name[NR] = $1 }
		END { n = split(faults, fault, " ")
			for (i = NR; i; i--) {
				for (f = 1; f <= n; f++)
					print fault[f], line[i] later
				if (!(name[i] in seen))
					later = later " " name[i]
				seen[name[i]]
			} }' "$dir/sequence" >"$dir/cells"
	: >"$dir/results"
	n=0
	while [ $n -lt $workers ]; do
		worker $n &
		workers_pids="$workers_pids $!"
		n=$((n + 1))
	done
	# shellcheck disable=SC2086
	wait $workers_pids
	all=$(wc -l <"$dir/cells")
	good=$(grep -c '^as expected' "$dir/results")
	echo "${config:-everything offered}: $(wc -l <"$dir/sequence") messages, $all cells, $good as expected"
	grep -v '^as expected' "$dir/results"
	[ "$good" -eq "$all" ] || bad=1
}

job="--name=j --numjobs=2 --rw=read --bs=4k --size=32k --vblk_writeback=1"
workers_pids=
bad=
if [ "${VBLK_SANITIZERS:-0}" = 1 ]; then
	matrix close-at ""
else
	matrix "${FAULTS:-nack stall-at close-at}" ""
	# Without REPLY_ACK, most messages have no reply.
	matrix "stall-at close-at" "--protocol-features -reply_ack,-configure_mem_slots,-status --features -ring_packed"
fi
[ -z "$bad" ] || fail "some cells, listed above, had another outcome than expected"
