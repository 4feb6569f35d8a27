#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build a fio that has the libblkio ioengine, which no Debian build of fio has: Debian's newest fio with the libblkio of
# Debian 13, whose packages also run on Debian 12. Nothing is installed.
#
#   t/bench/fetch-libblkio.sh [DIR]
#
# Afterwards: make bench-compare FIO=DIR/fio FIO_SRC=DIR. The default of DIR is build/fio-libblkio. The packages come
# from the archive that this machine's apt uses; apt's own configuration is not changed.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-build/fio-libblkio}
suite=trixie

mkdir -p "$(dirname "$dir")"
"$top/engine/fetch-fio.sh" -s sid "$dir"
dir=$(cd "$dir" && pwd)
work=$dir/libblkio
root=$work/root
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$root"
: >"$work/status"

# A separate apt configuration for the archive.
key=/usr/share/keyrings/debian-archive-keyring.gpg
signed=
[ ! -f $key ] || signed="[signed-by=$key] "
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
while read -r uri release component; do
	case $component-$release in
	main-*-*) ;;
	main-*) echo "deb $signed$uri $suite main" ;;
	esac
done | sort -u >"$work/sources.list"
apt="-oDir::Etc::SourceList=$work/sources.list -oDir::Etc::SourceParts=/dev/null -oDir::State::Lists=$work/lists
	-oDir::State::status=$work/status -oDir::Cache=$work/cache -oAPT::Sandbox::User=root"
(
	cd "$work"
	# shellcheck disable=SC2086
	apt-get $apt update -qq && apt-get $apt download -qq libblkio1 libblkio-dev
	for package in libblkio*.deb; do
		dpkg-deb -x "$package" "$root"
	done
)

libs=$(dirname "$(find "$root" -name libblkio.so)")
export PKG_CONFIG_PATH="$libs/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
export LIBRARY_PATH="$libs" LDFLAGS="-Wl,-rpath,$libs"
cd "$dir"
./configure --disable-native >libblkio.log
make -j"$(nproc)" fio >>libblkio.log 2>&1 || { tail -n 20 libblkio.log >&2; exit 1; }
./fio --enghelp=libblkio >/dev/null
echo "fetch-libblkio: $dir/fio is $(./fio --version) with libblkio" >&2
