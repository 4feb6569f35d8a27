#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Gets the guest's kernel: the newest that Debian's backports have for this release, its modules, its headers and, of
# its source, the vDPA drivers that Debian does not build. To build/vm (see host.sh):
#
#   release   the kernel's release
#   kernel/   what the packages have that is needed
#   drivers/  the sources
#
# The archive is the one that this machine's apt uses; apt's own configuration is left as it is. Does nothing when a
# kernel is there. Exit status 3: the archive does not answer or does not have it.
. "$(dirname "$0")/host.sh"

# of the source: what modules.sh builds
sources='vhost/vringh.c vdpa/vdpa_sim/vdpa_sim.c vdpa/vdpa_sim/vdpa_sim.h vdpa/vdpa_sim/vdpa_sim_blk.c
	vdpa/virtio_pci/vp_vdpa.c'

# private_view DIR: a sources.list for the backports of the release that runs here. Sets $apt, options for apt's tools.
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
	[ -s "$view/sources.list" ] || die "apt has no archive of Debian's '$codename', main"
	apt=(-oDir::Etc::SourceList="$view/sources.list" -oDir::Etc::SourceParts=/dev/null
		-oDir::State::Lists="$view/lists" -oDir::Cache="$view" -oAPT::Sandbox::User=root)
	apt-get "${apt[@]}" update -qq
}

# dependency PACKAGE PATTERN: the package that it depends on and whose name matches
dependency() {
	apt-cache "${apt[@]}" depends --no-recommends --no-suggests "$1" |
		sed -n "s/^ *Depends: \($2\)\$/\1/p" | head -n 1
}

# unpack PACKAGE DIR [TAR ARGUMENT]...
unpack() {
	local deb=$1 to=$2
	shift 2
	mkdir -p "$to"
	dpkg-deb --fsys-tarfile "$deb"_*.deb | tar -C "$to" -xf - "$@"
}

# unpack_drivers DIR: the sources, out of the tarball within the package. tar stops when it has them all.
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

# fetch: the packages, which have the newest kernel's release in their names. Sets $release.
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

# unpack_all: each needs a processor of its own for a while.
unpack_all() {
	local package pid pids=()
	unpack_drivers drivers &
	pids=($!)
	for package in "${packages[@]}"; do
		unpack "$package" kernel --exclude=./usr/share &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || die "a package of $release does not have what is needed of it"
	done
}

[ ! -s "$VM/release" ] || exit 0
mkdir -p "$VM"
work=$(mktemp -d "$VM/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
if ! fetch; then
	say "the archive has no kernel in its backports, or does not answer"
	exit 3
fi
unpack_all
rm -rf "$VM/kernel" "$VM/drivers"
mv kernel drivers "$VM"
echo "$release" >"$VM/release"
