#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A back-end that serves another front-end does not reply. vblk-info reports this when --timeout=
# expires.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/info/lib.sh"
need python3

start_qsd a
python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print("connected", flush=True)
time.sleep(60)' "$sock" >"$dir/other" &
pids="$pids $!"
wait_until 10 grep -q connected "$dir/other" || fail "the other front-end does not connect"
LIMIT=10 info_fails "^vblk: $sock: no answer to GET_FEATURES within 1000 ms\$" --timeout=1 "$sock"
