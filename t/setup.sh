# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034
# Sourced by scripts that start from a fresh checkout: they install packages, fetch fio's headers
# and build the tree.

# Packages to build and run the engine, as examples/quickstart.sh does.
packages_run='gcc libc6-dev linux-libc-dev make autoconf automake libtool pkg-config dpkg-dev
	ca-certificates xz-utils libjansson-dev fio qemu-system-common'
# Additional packages for the tests.
packages_test='check clang clang-format libclang-rt-14-dev shellcheck valgrind jq python3-minimal git libaio-dev zlib1g-dev
	libdpdk-dev psmisc procps gnuplot-nox strace mandoc'
# Additional packages for the guest: its machine, the programs in it, and the tools that build its
# image.
packages_guest='qemu-system-x86 busybox-static iproute2 jq cpio kmod'

# need_packages NAME...: install the packages that are missing.
need_packages() {
	missing=
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	sudo=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "please install these packages as root:$missing" >&2
			return 1
		}
		sudo='sudo -E'
	fi
	echo "installing:$missing"
	# shellcheck disable=SC2086
	$sudo apt-get update -qq &&
		$sudo env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# build_tree FLAG...: configure the tree in place with these flags, and build it.
build_tree() {
	engine/fetch-fio.sh fio-src || return
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		autoreconf -i >build.log 2>&1 || { cat build.log >&2; return 1; }
	fi
	if [ ! -f config.status ] || [ configure -nt config.status ] ||
		[ "$(cat .configured 2>/dev/null)" != "$*" ]; then
		./configure "$@" >build.log 2>&1 || { cat build.log >&2; return 1; }
		echo "$*" >.configured
	fi
	make -j"$(nproc)" >build.log 2>&1 || { cat build.log >&2; return 1; }
	rm -f build.log
}
