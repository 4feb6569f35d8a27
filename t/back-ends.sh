# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # callers read $why
# For tests and benchmarks: processes that are back-ends. Sourced.

# alive PID: it runs; a zombie does not.
alive() {
	[ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# listens SOCKET: somebody does.
listens() {
	grep -q "00010000 .* $1\$" /proc/net/unix
}

# await_listening PID SOCKET: waits, ten seconds at most, until the back-end listens. If it does not, sets $why.
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
