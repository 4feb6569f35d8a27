#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetches fio's headers: downloads the source package of the installed fio, unpacks and configures
# it.
#
#   engine/fetch-fio.sh [-s SUITE] [-b] [DIR]
#
#   -s SUITE  use the fio of this Debian suite (sid for the newest) instead of the installed one
#   -b        also build fio
#   DIR       target folder; default: fio-src in the current folder, where configure finds it
#
# Uses the Debian archive that apt is configured for, and does not change apt's configuration. Does
# nothing if DIR already has the wanted version. Exits with status 3 if the archive cannot be
# reached or does not have the source.
set -eu

suite='' build=''
while getopts s:b opt; do
	case $opt in
	s) suite=$OPTARG ;;
	b) build=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
dir=${1:-fio-src}

say() {
	echo "fetch-fio: $*" >&2
}

if [ -z "$suite" ]; then
	if ! command -v fio >/dev/null; then
		say "fio is not installed: apt-get install fio"
		exit 1
	fi
	running=$(fio --version)
	package=$(dpkg-query -W -f '${Version}' fio 2>/dev/null || true)
	case $package in
	"${running#fio-}"-* | "${running#fio-}") ;;
	*)
		say "$running was not installed from a Debian package; run configure with its source tree: ./configure --with-fio=DIR"
		exit 1
		;;
	esac
	want=$running
else
	want=$suite
fi

if [ ! -f "$dir/config-host.h" ] || [ "$(cat "$dir/.fetched" 2>/dev/null)" != "$want" ]; then
	for tool in dpkg-source make gcc; do
		command -v $tool >/dev/null || {
			say "$tool is missing: apt-get install dpkg-dev build-essential"
			exit 1
		}
	done
	mkdir -p "$(dirname "$dir")"
	work=$(mktemp -d "$(dirname "$dir")/fetch-fio.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/lists/partial"

	# A private apt configuration that includes source packages.
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	signed=
	[ -f $key ] && signed="[signed-by=$key] "
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	while read -r uri release component; do
		[ "$component" = main ] || continue
		if [ -z "$suite" ]; then
			echo "deb-src $signed$uri $release main"
		else
			case $release in *-*) ;; *) echo "deb-src $signed$uri $suite main" ;; esac
		fi
	done | sort -u >"$work/sources.list"
	apt="-oDir::Etc::SourceList=$(realpath "$work")/sources.list -oDir::Etc::SourceParts=/dev/null"
	apt="$apt -oDir::State::Lists=$(realpath "$work")/lists -oAPT::Sandbox::User=root"
	source=fio
	[ -n "$suite" ] || source=fio=$package
	if ! (
		cd "$work"
		# shellcheck disable=SC2086
		apt-get $apt update -qq && apt-get $apt source -qq --tar-only $source
	) >"$work/log" 2>&1; then
		sed 's/^/fetch-fio: /' "$work/log" >&2
		say "the archive has no source package $source${suite:+ in $suite}, or cannot be reached"
		exit 3
	fi
	mkdir "$work/src"
	tar -C "$work/src" --strip-components=1 -xf "$work"/fio_*.orig.tar.*
	if ! (cd "$work/src" && ./configure --disable-native && ./FIO-VERSION-GEN) >"$work/log" 2>&1; then
		cat "$work/log" >&2
		exit 1
	fi
	echo "$want" >"$work/src/.fetched"
	rm -rf "$dir"
	mv "$work/src" "$dir"
	rm -rf "$work"
	trap - EXIT
fi

if [ -n "$build" ] && [ ! -x "$dir/fio" ]; then
	make -C "$dir" -j"$(nproc)" fio >"$dir/build.log" 2>&1 || {
		tail -n 20 "$dir/build.log" >&2
		exit 1
	}
fi
say "$dir contains $(sed -n 's/^FIO_VERSION = //p' "$dir/FIO-VERSION-FILE")"
