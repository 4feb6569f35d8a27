#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A job that is bound to NUMA nodes (numa_mem_policy=bind) gets huge pages only if those nodes have
# enough free ones. Free huge pages of other nodes do not count, because the job would be killed
# when it touches a page that its node cannot provide. Pages that other jobs of the device need
# count as well.
. "${srcdir:-.}/t/end-to-end/lib.sh"

node=/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages
reserved=/proc/sys/vm/nr_hugepages
[ -w $reserved ] && [ -e $node ] || skip "not allowed to reserve huge pages, or there are no nodes"
unshare -m true 2>/dev/null || skip "cannot create a mount namespace"

# Run fio in a mount namespace in which the node's count of free huge pages is ours.
cat >"$dir/fio-elsewhere" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$dir/count" $node && exec "$FIO" "\$@"' sh "\$@"
END
chmod +x "$dir/fio-elsewhere"
real=$FIO
FIO=$dir/fio-elsewhere

lock_hugepages
before=$(cat $reserved)
start_qsd a
echo $((before + 64)) >$reserved
enough=$(cat $reserved)
# try NAME COUNT OPTION...: run fio with COUNT free huge pages on the node, and append the result to
# $dir/seen.
try() {
	name=$1
	echo "$2" >"$dir/count"
	shift 2
	run_fio --rw=randrw --bs=4k --size=2M --iodepth=8 --verify=crc32c --filename="$sock" "$@"
	echo "$name $rc $(sed -n 's/.* \([0-9]*\) KiB pages.*/\1/p' "$dir/out") $(grep '^vblk:' "$dir/err")" >>"$dir/seen"
}
bound=--numa_mem_policy=bind:0
try free 64 --name=j $bound
try none 0 --name=j $bound
try anywhere 0 --name=j
try other 1 --name=i --offset=4M --name=j $bound
try few 1 --name=j $bound
try asked 0 --name=j $bound --vblk_hugepages=2M
try unnamed 64 --name=j --numa_mem_policy=bind:+0
try all 0 --name=j --numa_mem_policy=bind:all
echo "$before" >$reserved
FIO=$real
[ "$enough" -ge $((before + 64)) ] || skip "there is no memory for huge pages"
sed "s|$sock|SOCK|" "$dir/seen" >"$dir/seen.log"
cat >"$dir/wanted" <<END
free 0 2048 
none 0 4 
anywhere 0 2048 
other 0 4 
few 0 2048 
asked 1  vblk: SOCK: job 'j': the jobs that may use its NUMA nodes (numa_mem_policy) need 1 huge pages of 2 MiB, but only 0 are free on these nodes; \
reserve more there (/sys/devices/system/node) or set vblk_hugepages=none
unnamed 0 4 
all 0 2048 
END
diff "$dir/wanted" "$dir/seen.log" || fail "the results differ (<: wanted, >: seen)"
