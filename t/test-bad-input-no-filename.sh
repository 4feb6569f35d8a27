#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Without filename= there is no device: one line says what to set.
. "${srcdir:-.}/t/lib.sh"

fio_fails "job 'j' .*filename=" --name=j --rw=read --bs=4k --size=64k
fio_fails "filename=" --name=j --numjobs=4 --rw=write --bs=4k --size=64k --thread=1
