/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Storage for the data of the device: memory, a file, or none; and the volatile write cache
 *
 * The null store transfers no data in either direction, like the null targets that are common in
 * benchmarks.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/vblk-device/vblk-device.h"

#define PAGE_BYTES   4096u
#define IOV_PER_CALL 1024u /* limit of a preadv() call */
#define DIRTY_BITS   64u

struct vdev_store vdev_store;

static void *map_lazily(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int open_file(struct vdev_store *s, const struct vdev_options *opt)
{
	off_t end;

	s->fd = open(opt->file_path, (opt->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (s->fd < 0 && errno == ENOENT && opt->size_bytes && !opt->read_only)
		s->fd = open(opt->file_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return -errno;
	end = lseek(s->fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	if (!s->size_bytes)
		s->size_bytes = (uint64_t)end & ~(uint64_t)(opt->block_bytes - 1);
	else if ((uint64_t)end < s->size_bytes && ftruncate(s->fd, (off_t)s->size_bytes))
		return -errno;
	return 0;
}

/**
 * vdev_store_open - open the store
 * @s: store
 * @opt: options --store, --size, --file, --read-only, --volatile-cache
 *
 * Return 0 or a negative errno. On success, @s->size_bytes is the size of the store.
 */
int vdev_store_open(struct vdev_store *s, const struct vdev_options *opt)
{
	s->kind = opt->store;
	s->fd = -1;
	s->size_bytes = opt->size_bytes;
	pthread_mutex_init(&s->cache_lock, NULL);

	if (s->kind == VDEV_STORE_FILE) {
		int ret = open_file(s, opt);

		if (ret)
			return ret;
	}
	if (!s->size_bytes)
		return -EINVAL;
	s->capacity_bytes = s->size_bytes;
	if (s->kind == VDEV_STORE_RAM) {
		s->ram = map_lazily(s->size_bytes);
		if (!s->ram)
			return -ENOMEM;
	}
	if (opt->volatile_cache) {
		uint64_t sectors = s->size_bytes / VDEV_SECTOR_BYTES;

		s->cache = map_lazily(s->size_bytes);
		s->dirty = calloc(sectors / DIRTY_BITS + 1, sizeof(*s->dirty));
		if (!s->cache || !s->dirty)
			return -ENOMEM;
		s->dirty_first = sectors;
	}
	return 0;
}

/* ---- the storage medium ---- */

/* Transfer all buffers, even if a system call transfers only a part. Modifies @iov. */
static int file_rw(int fd, struct iovec *iov, unsigned int nr, uint64_t off, bool write, int flags)
{
	while (nr) {
		int part = (int)(nr > IOV_PER_CALL ? IOV_PER_CALL : nr);
		ssize_t n = write ? pwritev2(fd, iov, part, (off_t)off, flags)
				  : preadv(fd, iov, part, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		off += (uint64_t)n;
		while (nr && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			nr--;
		}
		if (nr) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int medium_read(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off)
{
	if (s->kind == VDEV_STORE_FILE)
		return file_rw(s->fd, iov, nr, off, false, 0);
	if (s->kind == VDEV_STORE_RAM) {
		for (unsigned int i = 0; i < nr; off += iov[i++].iov_len)
			memcpy(iov[i].iov_base, s->ram + off, iov[i].iov_len);
	}
	return 0;
}

static int medium_write(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off,
			bool through)
{
	if (s->kind == VDEV_STORE_FILE)
		return file_rw(s->fd, iov, nr, off, true, through ? RWF_DSYNC : 0);
	if (s->kind == VDEV_STORE_RAM) {
		for (unsigned int i = 0; i < nr; off += iov[i++].iov_len)
			memcpy(s->ram + off, iov[i].iov_base, iov[i].iov_len);
	}
	return 0;
}

static int file_zero(struct vdev_store *s, uint64_t off, uint64_t len, bool unmap)
{
	static uint8_t zeros[1 << 16];
	int mode = FALLOC_FL_KEEP_SIZE | (unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);

	if (!fallocate(s->fd, mode, (off_t)off, (off_t)len))
		return 0;
	if (errno != EOPNOTSUPP)
		return -errno;
	while (len) {
		struct iovec iov = { zeros, len < sizeof(zeros) ? len : sizeof(zeros) };
		size_t part = iov.iov_len;
		int ret = file_rw(s->fd, &iov, 1, off, true, 0);

		if (ret)
			return ret;
		off += part;
		len -= part;
	}
	return 0;
}

static void ram_zero(struct vdev_store *s, uint64_t off, uint64_t len, bool unmap)
{
	uint64_t first = (off + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	uint64_t end = (off + len) & ~(uint64_t)(PAGE_BYTES - 1);

	/* Whole pages can be returned to the kernel; afterwards they read as zeros. */
	if (unmap && first < end && !madvise(s->ram + first, end - first, MADV_DONTNEED)) {
		memset(s->ram + off, 0, first - off);
		memset(s->ram + end, 0, off + len - end);
	} else {
		memset(s->ram + off, 0, len);
	}
}

static int medium_zero(struct vdev_store *s, uint64_t off, uint64_t len, bool unmap, bool through)
{
	int ret = 0;

	if (s->kind == VDEV_STORE_FILE) {
		ret = file_zero(s, off, len, unmap);
		if (!ret && through && fdatasync(s->fd))
			ret = -errno;
	} else if (s->kind == VDEV_STORE_RAM) {
		ram_zero(s, off, len, unmap);
	}
	return ret;
}

/* ---- the volatile write cache ---- */

static bool sector_dirty(const struct vdev_store *s, uint64_t sector)
{
	return s->dirty[sector / DIRTY_BITS] >> (sector % DIRTY_BITS) & 1;
}

static void mark_dirty(struct vdev_store *s, uint64_t off, uint64_t len)
{
	uint64_t first = off / VDEV_SECTOR_BYTES, end = (off + len) / VDEV_SECTOR_BYTES;

	if (!len)
		return;
	for (uint64_t i = first; i < end; i++)
		s->dirty[i / DIRTY_BITS] |= 1ull << (i % DIRTY_BITS);
	if (first < s->dirty_first)
		s->dirty_first = first;
	if (end > s->dirty_end)
		s->dirty_end = end;
}

/*
 * Return the end, at most @end, of the run of sectors from @sector on that are all dirty or all
 * clean.
 */
static uint64_t run_end(const struct vdev_store *s, uint64_t sector, uint64_t end)
{
	bool dirty = sector_dirty(s, sector);

	while (++sector < end && sector_dirty(s, sector) == dirty)
		;
	return sector;
}

static int cache_write_back(struct vdev_store *s)
{
	uint64_t sector = s->dirty_first, next;
	int ret;

	for (; sector < s->dirty_end; sector = next) {
		next = run_end(s, sector, s->dirty_end);
		if (sector_dirty(s, sector)) {
			uint64_t off = sector * VDEV_SECTOR_BYTES;
			struct iovec iov = { s->cache + off, (next - sector) * VDEV_SECTOR_BYTES };

			ret = medium_write(s, &iov, 1, off, false);
			if (ret)
				return ret;
		}
	}
	for (sector = s->dirty_first; sector < s->dirty_end; sector++)
		s->dirty[sector / DIRTY_BITS] &= ~(1ull << (sector % DIRTY_BITS));
	s->dirty_first = s->size_bytes / VDEV_SECTOR_BYTES;
	s->dirty_end = 0;
	return 0;
}

static int cache_read(struct vdev_store *s, const struct iovec *iov, uint64_t off)
{
	uint8_t *to = iov->iov_base;
	uint64_t end = off + iov->iov_len;

	while (off < end) {
		uint64_t sector = off / VDEV_SECTOR_BYTES;
		uint64_t stop =
			run_end(s, sector, (end + VDEV_SECTOR_BYTES - 1) / VDEV_SECTOR_BYTES) *
			VDEV_SECTOR_BYTES;
		size_t part = (size_t)((stop < end ? stop : end) - off);

		if (sector_dirty(s, sector)) {
			memcpy(to, s->cache + off, part);
		} else {
			struct iovec piece = { to, part };
			int ret = medium_read(s, &piece, 1, off);

			if (ret)
				return ret;
		}
		to += part;
		off += part;
	}
	return 0;
}

static int cache_flush(struct vdev_store *s)
{
	int ret = cache_write_back(s);

	if (!ret && s->fd >= 0 && fdatasync(s->fd))
		ret = -errno;
	return ret;
}

/* ---- executing requests ---- */

/**
 * vdev_store_read - read from the store into a list of buffers
 * @s: store
 * @iov: buffers; modified
 * @nr: number of entries in @iov
 * @off_bytes: offset in the store; the caller has checked the range
 *
 * Return 0 or a negative errno.
 */
int vdev_store_read(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off_bytes)
{
	int ret = 0;

	if (!s->cache)
		return medium_read(s, iov, nr, off_bytes);
	pthread_mutex_lock(&s->cache_lock);
	for (unsigned int i = 0; i < nr && !ret; off_bytes += iov[i++].iov_len)
		ret = cache_read(s, &iov[i], off_bytes);
	pthread_mutex_unlock(&s->cache_lock);
	return ret;
}

/**
 * vdev_store_write - write a list of buffers to the store
 * @s: store
 * @iov: buffers; modified
 * @nr: number of entries in @iov
 * @off_bytes: offset in the store; the caller has checked the range
 * @through: the data must be on stable storage before this function returns
 *
 * Return 0 or a negative errno.
 */
int vdev_store_write(struct vdev_store *s, struct iovec *iov, unsigned int nr, uint64_t off_bytes,
		     bool through)
{
	uint64_t off = off_bytes;
	int ret = 0;

	if (!s->cache)
		return medium_write(s, iov, nr, off_bytes, through);
	pthread_mutex_lock(&s->cache_lock);
	for (unsigned int i = 0; i < nr; off += iov[i++].iov_len)
		memcpy(s->cache + off, iov[i].iov_base, iov[i].iov_len);
	mark_dirty(s, off_bytes, off - off_bytes);
	if (through)
		ret = cache_flush(s);
	pthread_mutex_unlock(&s->cache_lock);
	return ret;
}

/**
 * vdev_store_zero - make a range of the store read as zeros
 * @s: store
 * @off_bytes: offset in the store
 * @len_bytes: length of the range; the caller has checked the range
 * @unmap: the space may be deallocated
 * @through: the zeros must be on stable storage before this function returns
 *
 * Return 0 or a negative errno.
 */
int vdev_store_zero(struct vdev_store *s, uint64_t off_bytes, uint64_t len_bytes, bool unmap,
		    bool through)
{
	int ret = 0;

	if (!len_bytes)
		return 0;
	if (!s->cache)
		return medium_zero(s, off_bytes, len_bytes, unmap, through);
	pthread_mutex_lock(&s->cache_lock);
	memset(s->cache + off_bytes, 0, len_bytes);
	mark_dirty(s, off_bytes, len_bytes);
	if (through)
		ret = cache_flush(s);
	pthread_mutex_unlock(&s->cache_lock);
	return ret;
}

/**
 * vdev_store_flush - write all acknowledged data to stable storage
 * @s: store
 *
 * Return 0 or a negative errno.
 */
int vdev_store_flush(struct vdev_store *s)
{
	int ret = 0;

	if (s->cache) {
		pthread_mutex_lock(&s->cache_lock);
		ret = cache_flush(s);
		pthread_mutex_unlock(&s->cache_lock);
	} else if (s->fd >= 0 && fdatasync(s->fd)) {
		ret = -errno;
	}
	return ret;
}
