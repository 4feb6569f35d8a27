# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# For the scripts that run in the guest: devices and their drivers, fio, and what to expect. Sourced; runs in busybox.

# bind DRIVER FUNCTION: has the PCI function served by this driver, whatever it had before.
bind() {
	at=/sys/bus/pci/devices/$2
	[ ! -e "$at/driver" ] || echo "$2" >"$at/driver/unbind"
	echo "$1" >"$at/driver_override"
	echo "$2" >/sys/bus/pci/drivers_probe
	[ "$(driver "$2")" = "$1" ]
}

# driver FUNCTION: the name of its driver; none without
driver() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] || basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}
