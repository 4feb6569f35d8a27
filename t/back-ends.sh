# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # callers read $why
# For tests and benchmarks: functions that check back-end processes. Sourced.

# alive PID: true if the process runs and is not a zombie.
alive() {
	[ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# listens SOCKET: true if a process listens on the socket.
listens() {
	grep -q "00010000 .* $1\$" /proc/net/unix
}

# await_listening PID SOCKET: wait until the back-end listens, for at most ten seconds. Sets $why on
# failure.
await_listening() {
	tries=200
	while ! listens "$2"; do
		why="does not listen"
		[ $tries -gt 0 ] || return 1
		why="did not start"
		alive "$1" || return 1
		tries=$((tries - 1))
		sleep 0.05
	done
}
