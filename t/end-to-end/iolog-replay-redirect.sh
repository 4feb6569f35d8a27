#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# replay_redirect= replays a log of any file names on one device.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake b --log-requests
cat >"$dir/iolog" <<END
fio version 2 iolog
/dev/recorded-elsewhere add
/dev/recorded-elsewhere open
/dev/recorded-elsewhere write 0 4096
/dev/recorded-elsewhere write 8192 4096
/dev/recorded-elsewhere read 8192 4096
/dev/recorded-elsewhere sync 0 0
/dev/recorded-elsewhere close
END
fio_ok --name=j --read_iolog="$dir/iolog" --replay_redirect="$sock"
grep '^REQUEST' "$log" | cut -d' ' -f3-5 >"$dir/got"
cat >"$dir/wanted" <<END
OUT sector=0 len=4096
OUT sector=16 len=4096
IN sector=16 len=4096
FLUSH sector=0 len=0
END
cmp "$dir/got" "$dir/wanted" || fail "the requests differ from the log: $(cat "$dir/got")"
stop_fake
