#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fio-vblk(7) describes every option that fio lists for the engine, with its default, and no other
# option. It describes every member of the vblk_stats= records and no other. The page is
# well-formed.
# sanitizers: no (it compares documents)
. "${srcdir:-.}/t/end-to-end/lib.sh"

need jq
page=$srcdir/doc/fio-vblk.7

# part KIND NAME: print the text of a section (KIND is Sh) or a subsection (Ss).
part() {
	awk -v kind=".$1" -v title="$2" '
		$1 == ".Sh" || $1 == kind { inside = $1 == kind && substr($0, 5) == title; next }
		inside' "$page"
}

# items: print the names of the items in a part.
items() {
	sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p'
}

# same WHAT WANTED FOUND: compare two files of names.
same() {
	[ -s "$2" ] || fail "$1: this test found no names"
	diff "$2" "$3" >"$dir/difference" || fail "$1: missing in the page (<), or only in the page (>): $(
		grep '^[<>]' "$dir/difference" | tr '\n' ' ')"
}

any_fio --enghelp="$ENGINE"
[ $rc -eq 0 ] || fail "fio --enghelp: status $rc"
sed -n 's/^\([a-z_]*\) *: .*/\1/p' "$dir/out" | sort >"$dir/options"
part Sh OPTIONS | items | sort >"$dir/in-page"
same options "$dir/options" "$dir/in-page"

while read -r option; do
	any_fio --enghelp="$ENGINE,$option"
	default=$(sed -n 's/^ *default: //p' "$dir/out")
	[ "$default" != 'no default' ] || default=none
	! grep -q 'type: empty or boolean' "$dir/out" || default=off
	part Sh OPTIONS | awk -v option="$option" '
		/^\.It / { inside = $3 == option }
		inside && sub(/^Default: /, "") { sub(/\.$/, ""); print }' >"$dir/default"
	[ "$(cat "$dir/default")" = "$default" ] ||
		fail "$option: the default is '$default', but the page has '$(cat "$dir/default")'"
done <"$dir/options"

# A ring smaller than iodepth causes a note.
start_fake a
fio_ok --name=j --rw=write --bs=4k --size=64k --iodepth=16 --vblk_queue_size=8 --filename="$sock" --vblk_stats="$dir/stats"
stop_fake
for kind in 'start:a start record' 'note:a note' 'queue:a queue record'; do
	jq -r "select(.record == \"${kind%%:*}\") | keys[]" "$dir/stats" | sort -u >"$dir/members"
	part Ss "Members of ${kind#*:}" | items | sort >"$dir/in-page"
	same "members of ${kind#*:}" "$dir/members" "$dir/in-page"
done

if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning "$page" >"$dir/lint" 2>&1 || fail "mandoc: $(cat "$dir/lint")"
fi
