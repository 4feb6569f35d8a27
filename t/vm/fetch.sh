#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetches the guest's kernel: the newest one in Debian's backports for this release, its modules,
# its headers, and the sources of the vDPA drivers that Debian does not build. Writes to build/vm
# (see host.sh):
#
#   release   the kernel's release
#   kernel/   the needed files of the packages
#   drivers/  the sources of the drivers
#
# Uses the Debian archive that apt is configured for, and does not change apt's configuration. Does
# nothing if there is a kernel already. Exits with status 3 if the archive cannot be reached or has
# no such kernel.
. "$(dirname "$0")/host.sh"

# Source files that modules.sh builds.
sources='vhost/vringh.c vdpa/vdpa_sim/vdpa_sim.c vdpa/vdpa_sim/vdpa_sim.h vdpa/vdpa_sim/vdpa_sim_blk.c
	vdpa/virtio_pci/vp_vdpa.c'

# private_view DIR: create a private apt configuration with the backports of the running release.
# Sets $apt, options for apt's tools.
private_view() {
	local view=$1 codename signed='' key=/usr/share/keyrings/debian-archive-keyring.gpg
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ ! -f $key ] || signed="[signed-by=$key] "
	mkdir -p "$view/lists/partial"
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	while read -r uri release component; do
		[ "$release $component" != "$codename main" ] || echo "deb $signed$uri $codename-backports main"
	done | sort -u >"$view/sources.list"
	[ -s "$view/sources.list" ] || die "apt is not configured for a Debian archive of '$codename', component main"
	apt=(-oDir::Etc::SourceList="$view/sources.list" -oDir::Etc::SourceParts=/dev/null
		-oDir::State::Lists="$view/lists" -oDir::Cache="$view" -oAPT::Sandbox::User=root)
	apt-get "${apt[@]}" update -qq
}

# dependency PACKAGE PATTERN: print the dependency of the package whose name matches.
dependency() {
	apt-cache "${apt[@]}" depends --no-recommends --no-suggests "$1" |
		sed -n "s/^ *Depends: \($2\)\$/\1/p" | head -n 1
}

# unpack PACKAGE DIR [TAR ARGUMENT]...: unpack a downloaded package.
unpack() {
	local deb=$1 to=$2
	shift 2
	mkdir -p "$to"
	dpkg-deb --fsys-tarfile "$deb"_*.deb | tar -C "$to" -xf - "$@"
}

# unpack_drivers DIR: unpack the driver sources from the tarball in the package. tar stops as soon
# as it has found all of them.
unpack_drivers() {
	local to=$1 name=linux-source-$series file files=()
	for file in $sources; do
		files+=("$name/drivers/$file")
	done
	mkdir -p "$to"
	unpack "$name" . "./usr/src/$name.tar.xz"
	tar -C "$to" --strip-components=2 --occurrence=1 -xf "usr/src/$name.tar.xz" "${files[@]}"
	rm -r usr
}

# fetch: download the packages, whose names contain the release of the newest kernel. Sets $release.
fetch() {
	local image headers
	private_view "$work/apt" || return
	image=$(dependency linux-image-amd64 'linux-image-.*')
	headers=$(dependency linux-headers-amd64 'linux-headers-.*')
	[ -n "$image" ] && [ -n "$headers" ] || return
	common=$(dependency "$headers" 'linux-headers-.*-common')
	kbuild=$(dependency "$headers" 'linux-kbuild-.*')
	release=${image#linux-image-}
	packages=("$image" "$headers" "$common" "$kbuild")
	series=$(echo "$release" | cut -d. -f1,2)
	say "fetching Linux $release"
	apt-get "${apt[@]}" download -qq "${packages[@]}" "linux-source-$series"
}

# unpack_all: unpack the packages in parallel.
unpack_all() {
	local package pid pids=()
	unpack_drivers drivers &
	pids=($!)
	for package in "${packages[@]}"; do
		unpack "$package" kernel --exclude=./usr/share &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || die "a package of Linux $release cannot be unpacked, or lacks a needed file"
	done
}

[ ! -s "$VM/release" ] || exit 0
mkdir -p "$VM"
work=$(mktemp -d "$VM/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
if ! fetch; then
	say "the archive has no kernel in its backports, or cannot be reached"
	exit 3
fi
unpack_all
rm -rf "$VM/kernel" "$VM/drivers"
mv kernel drivers "$VM"
echo "$release" >"$VM/release"
