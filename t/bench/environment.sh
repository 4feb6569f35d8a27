#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Print the machine, the versions and the settings of a comparison as JSON. Run by compare.sh in a built tree, with the
# settings in the environment.
# shellcheck disable=SC2086,SC2154
set -u

first_line() {
	"$@" 2>/dev/null | head -n 1
}

made=$(sed -n 's/^CC = //p' Makefile)
engine=$(git -C "$srcdir" describe --always --dirty 2>/dev/null) || engine=$(sed -n 's/^PACKAGE_VERSION = //p' Makefile)
jq -n \
	--arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
	--arg cpu "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" \
	--arg cores "$(nproc)" \
	--arg hypervisor "$(lscpu 2>/dev/null | sed -n 's/^Hypervisor vendor: *//p')" \
	--arg kernel "$(uname -sr)" \
	--arg fio "$("$FIO" --version)" \
	--arg qemu "$(first_line qemu-storage-daemon --version)" \
	--arg dpdk "$(pkg-config --modversion libdpdk 2>/dev/null)" \
	--arg blkio "$BLKIO" \
	--arg engine "$engine" \
	--arg compiler "$(first_line ${made:-cc} --version)" \
	--arg cflags "$(sed -n 's/^CFLAGS = //p' Makefile)" \
	--arg cpus "$CPUS" --argjson rounds "$ROUNDS" --argjson seconds "$RUN_SECONDS" --argjson batch "$BATCH_MAX" '{
	date: $date,
	machine: {cpu: $cpu, cores: ($cores | tonumber), hypervisor: $hypervisor, kernel: $kernel},
	versions: {fio: $fio, qemu: $qemu, dpdk: $dpdk, libblkio: $blkio, engine: $engine, compiler: $compiler,
		cflags: $cflags},
	settings: {cpus: $cpus, rounds: $rounds, seconds: $seconds, batch_max: $batch}
}'
