# SPDX-License-Identifier: GPL-2.0-only
# The targets of the engine, with the measured values.
include "stats";

def target($what; $wanted; $measured; $unit):
	select($measured != null)
	| {what: $what, wanted: $wanted, measured: $measured, unit: $unit};
def at_least($what; $wanted; $measured; $unit):
	target($what; $wanted; $measured; $unit) | . + {relation: ">=", met: ($measured >= $wanted)};
def at_most($what; $wanted; $measured; $unit):
	target($what; $wanted; $measured; $unit) | . + {relation: "<=", met: ($measured <= $wanted)};

def middle($name): if length == 0 then null else map(.[$name]) | median end;

# Input: the runs. Output: the targets for which a value was measured.
def targets: . as $all
	| def depth_ratio($backend; $depth; $ours; $theirs):
		$all | having({part: "depth", backend: $backend, depth: $depth, variant: $ours})
		| ratio_to($all | having({part: "depth", backend: $backend, depth: $depth, variant: $theirs}); "iops")
		| .median?;
	def copy_ratio($size; $pages):
		$all | having({part: "large", depth: 4, variant: "split-spin-\($size)"})
		| ratio_to($all | having({part: "large", depth: 4, variant: "copy-\($pages)"}); "bytes_per_s"; "value")
		| .median?;
	def stat($backend; $variant; $name):
		$all | having({part: "calls", backend: $backend, batch: 32, variant: $variant})
		| if length == 0 then null else (map(.stats[$name]) | add) / (map(.stats.publishes) | add) end;
	[
		($all | having({part: "rtt"}) | middle("value")) as $round_trip
		| at_most("depth 1, spin, polled null device: clat p50, against a core-to-core round trip + 200 ns";
			($round_trip // 0) + 200;
			($all | having({part: "depth", backend: "device-null", depth: 1, variant: "split-spin"})
				| middle("p50_ns")); "ns"),
		(([32, 0.85], [128, 0.90]) as [$depth, $wanted]
		| at_least("depth \($depth), spin / fio's null engine, polled null device"; $wanted;
			depth_ratio("device-null"; $depth; "split-spin"; "null"); "")),
		((1, 32, 128) as $depth
		| at_least("depth \($depth), spin / libblkio's busy loop, qemu-storage-daemon null"; 1.1;
			depth_ratio("qsd-null"; $depth; "split-spin"; "blkio-loop"); "")),
		(([1, 10], [32, 1.1], [128, 1.1]) as [$depth, $wanted]
		| at_least("depth \($depth), default options / libblkio's default options, qemu-storage-daemon null"; $wanted;
			depth_ratio("qsd-null"; $depth; "default"; "blkio-block"); "")),
		((1, 32, 128) as $depth
		| at_least("depth \($depth), hybrid / spin, polled null device"; 0.95;
			depth_ratio("device-null"; $depth; "split-hybrid"; "split-spin"); "")),
		(["small", "none"], ["huge", "2M"] | . as [$size, $pages]
		| at_least("1 MiB reads, \(if $size == "small" then "4 KiB" else "2 MiB" end) pages / the copy rate"; 0.95;
			copy_ratio($size; $pages); "")),
		at_most("64 queues: set-up"; 50; ($all | having({part: "setup", variant: "64"}) | middle("value") | (. / 1000)?);
			"ms"),
		at_most("100 requests per second, slow device: CPU time, hybrid / block"; 1.10;
			($all | having({part: "idle", variant: "split-hybrid"})
			| ratio_to($all | having({part: "idle", variant: "split-block"}); "cpu_percent") | .median?); ""),
		at_most("device that answers in 80 to 100 us, hybrid: humps of the latency"; 1;
			($all | having({part: "busy", variant: "split-hybrid"}) | if length == 0 then null else humps end); ""),
		at_most("depth 32, batches of 32, spin, polled device: notifications per batch"; 0;
			stat("device-null"; "split-spin"; "kicks"); ""),
		(("split-spin", "split-hybrid", "split-block") as $variant
		| at_most("depth 32, batches of 32, \($variant), qemu-storage-daemon: notifications per batch"; 1;
			stat("qsd-null"; $variant; "kicks"); "")),
		at_most("spin, polled device: system calls for a million requests, by strace"; 0;
			($all | having({part: "strace"}) | middle("value")); "")
	];
