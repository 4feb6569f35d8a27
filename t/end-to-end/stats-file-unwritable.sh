#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A statistics file that cannot be written is reported in one message for all jobs before any
# request is sent. A file that cannot be written at the end is an error too.
# sanitizers: no (other tests run the same code)
. "${srcdir:-.}/t/end-to-end/lib.sh"

start_fake a --log-requests
for jobs in "--name=j" "--numjobs=3 --name=j" "--thread=1 --name=j --name=k"; do
	job="--rw=read --bs=4k --size=64k --filename=$sock"
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=$dir/none/stats: No such file or directory" $job --vblk_stats="$dir/none/stats" $jobs
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=$dir: Is a directory" $job --vblk_stats="$dir" $jobs
done
expect_no_line '^REQUEST' "$log"
for jobs in "--name=j" "--numjobs=3 --name=j" "--thread=1 --name=j --name=k"; do
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=/dev/full: No space left on device" $job --vblk_stats=/dev/full $jobs
done
expect_no_line '^REQUEST' "$log"

# A FIFO without a reader is an error; the engine does not wait for a reader.
mkfifo "$dir/fifo"
# shellcheck disable=SC2086
fio_fails "vblk_stats=$dir/fifo: No such device or address" $job --vblk_stats="$dir/fifo" --name=j

# Limit files to 64 MiB, so that the file has room for the start record but not for the records of
# the jobs.
need prlimit
cat >"$dir/fio-limited" <<END
#!/bin/sh
trap '' XFSZ
exec prlimit --fsize=67108864 "$FIO" "\$@"
END
chmod +x "$dir/fio-limited"
FIO=$dir/fio-limited
for jobs in "--name=j" "--numjobs=3 --name=j" "--thread=1 --name=j --name=k"; do
	rm -f "$dir/stats"
	truncate -s $((67108864 - 700)) "$dir/stats"
	# shellcheck disable=SC2086
	fio_fails "vblk_stats=$dir/stats: (No space left on device|File too large)" $job --vblk_stats="$dir/stats" $jobs
	tail -c 700 "$dir/stats" | grep -q '"record":"start"' || fail "there is no start record"
done
expect_line '^REQUEST' "$log"
stop_fake
