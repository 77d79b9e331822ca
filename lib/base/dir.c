/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a directory. The kernel does every look-up, and it never leaves
 * the directory: openat2(2) or nothing, since a resolver of our own that walks
 * a tree which somebody else changes is how runtimes get broken into
 * (CVE-2021-30465, CVE-2024-45310). Host paths are in path.c,
 * whole trees in tree.c.
 */
#include "hull/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "hull/fd.h"

enum {
	IN_ROOT	   = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	/* One name on the way down: no link, and not "..". */
	ONE_STEP   = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	OURS	   = ONE_STEP | RESOLVE_NO_XDEV,

	TRIES	   = 128,		/* of a look-up that a rename disturbed, */
	TRIES_NS   = 2 * 1000 * 1000,	/* and for at least this long */
	ROUNDS	   = 128,		/* of making a path that others change */
	LINKS	   = 40,		/* MAXSYMLINKS of the kernel */
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/*
 * openat2(2). EAGAIN: a rename took place while ".." was looked up, which the
 * kernel cannot tell from an escape; repeating is all that one can do.
 */
static int open_below(int at, const char *rel, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = resolve,
	};
	int64_t end = 0;

	for (int tries = 0;;) {
		int fd = (int)syscall(SYS_openat2, at, rel, &how, sizeof(how));

		if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
			return fd;
		if (errno == EINTR)
			continue;
		end = end ? end : now_ns() + TRIES_NS;
		if (++tries >= TRIES && now_ns() >= end) {
			errno = EAGAIN;
			return -1;
		}
	}
}

static struct err *call_failed(const char *call, const struct dir *d, const char *rel)
{
	auto_free char *name = dir_name(d, rel);

	return err_sys(call, name);
}

/* The error of open_below, in words where those of errno mislead. */
static struct err *open_failed(const struct dir *d, const char *rel)
{
	auto_free char *name = dir_name(d, rel);
	int code = errno;

	if (code == ENOSYS)
		return err_new(code, "openat2: this kernel lacks it; Linux 5.14 or newer is "
			       "needed");
	if (code == EAGAIN)
		return err_new(code, "openat2 %s: something on the way was renamed all the time "
			       "(EAGAIN)", name);
	if (code == EXDEV)
		return err_new(code, "openat2 %s: leads out of %s or over a mount point (EXDEV)",
			       name, d->path);
	return err_sys("openat2", name);
}

/*
 * Opens as much of @path as exists; *rest is what does not. The whole is
 * opened with @flags, a part of it as a directory. errno on failure.
 */
static int prefix_open(const struct dir *root, char *path, int flags, char **rest)
{
	size_t len = strlen(path);
	int fd = open_below(root->fd, path, flags, 0, IN_ROOT);

	while (fd < 0 && errno == ENOENT && len > 0) {
		char first;

		while (len > 0 && path[len - 1] != '/')
			len--;
		first = path[len];
		path[len] = 0;
		fd = open_below(root->fd, len ? path : ".", O_PATH | O_DIRECTORY, 0, IN_ROOT);
		path[len] = first;
		if (fd < 0)
			while (len > 0 && path[len - 1] == '/')
				len--;
	}
	*rest = path + len;
	return fd;
}

/* Makes @name (unless it is there) of the type and mode in @mode, and opens it. */
static int make_one(int at, const char *name, mode_t mode)
{
	int done = S_ISDIR(mode) ? mkdirat(at, name, mode & 07777) : mknodat(at, name, mode, 0);

	if (done < 0 && errno != EEXIST)
		return -1;
	return open_below(at, name, S_ISDIR(mode) ? O_PATH | O_DIRECTORY : O_PATH, 0, ONE_STEP);
}

/*
 * Makes what is left of the way, name by name. *rest moves along, *at follows.
 * Ends early, with errno, at the first name that is not what was made.
 */
static int make_rest(int *at, char **rest, mode_t parents, mode_t last)
{
	while (**rest) {
		size_t len = strcspn(*rest, "/");
		char *next = *rest + len + strspn(*rest + len, "/");
		char name[NAME_MAX + 1];
		int fd;

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, *rest, len);
		name[len] = 0;
		fd = make_one(*at, name, *next ? parents : last);
		if (fd < 0)
			return -1;
		close(*at);
		*at = fd;
		*rest = next;
	}
	return 0;
}

/* If @rest begins with a link in @at: @path with the link's text in place of it. */
static char *link_expand(struct arena *a, int at, char *path, const char *rest)
{
	size_t len = strcspn(rest, "/");
	const char *name = arena_strndup(a, rest, len);
	char target[PATH_MAX];
	ssize_t n = readlinkat(at, name, target, sizeof(target) - 1);

	if (n <= 0)
		return path;
	target[n] = 0;
	return arena_printf(a, "%.*s%s%s", *target == '/' ? 0 : (int)(rest - path), path, target,
			    rest + len);
}

/*
 * Opens @rel, making what is missing. Each round lets the kernel resolve the
 * path as far as it exists. From there on only names that were just made are
 * entered, and those that have become something else meanwhile end the round.
 * A link that leads to nothing (/etc/resolv.conf in many images) is followed
 * below the root, and its target is made. *made: it was not there.
 */
static struct err *make_below(const struct dir *root, const char *rel, mode_t parents, mode_t last,
			      int *fd, bool *made)
{
	auto_arena struct arena a = { 0 };
	char *path = arena_strdup(&a, rel);
	int links = 0;

	for (int round = 0; round < ROUNDS; round++) {
		auto_fd int at = -1;
		char *rest;

		for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
			path[len - 1] = 0;
		at = prefix_open(root, path, S_ISDIR(last) ? O_PATH | O_DIRECTORY : O_PATH, &rest);
		if (at < 0)
			return open_failed(root, rel);
		*made = *rest;
		if (!make_rest(&at, &rest, parents, last)) {
			*fd = take_fd(&at);
			return NULL;
		}
		if (errno == ELOOP && ++links <= LINKS)
			path = link_expand(&a, at, path, rest);
		else if (errno != ENOENT && errno != ENOTDIR && errno != EXDEV)
			return call_failed(S_ISDIR(last) ? "mkdirat" : "mknodat", root, rel);
	}
	errno = EAGAIN;
	return open_failed(root, rel);
}

char *dir_name(const struct dir *d, const char *rel)
{
	size_t len = strlen(d->path);
	int saved = errno;
	char *name, *end;

	rel += strspn(rel, "/");
	name = xmalloc(len + strlen(rel) + 2);
	end = mempcpy(name, d->path, len);
	if (*rel && len && end[-1] != '/')
		*end++ = '/';
	memcpy(end, rel, strlen(rel) + 1);
	errno = saved;
	return name;
}

struct err *dir_open(const struct dir *root, const char *rel, int flags, int *fd)
{
	int opened = open_below(root->fd, rel, flags, 0, IN_ROOT);

	if (opened < 0)
		return open_failed(root, rel);
	*fd = opened;
	return NULL;
}

struct err *dir_make(const struct dir *root, const char *rel, mode_t mode, int *fd)
{
	return dir_make_new(root, rel, mode, fd, &(bool){ false });
}

struct err *dir_make_new(const struct dir *root, const char *rel, mode_t mode, int *fd, bool *made)
{
	return make_below(root, rel, S_IFDIR | mode, S_IFDIR | mode, fd, made);
}

struct err *dir_touch(const struct dir *root, const char *rel, mode_t mode, int *fd)
{
	return make_below(root, rel, S_IFDIR | 0755, S_IFREG | mode, fd, &(bool){ false });
}

struct err *dir_enter(const struct dir *d, const char *rel, int flags, mode_t mode, int *fd)
{
	int opened = open_below(d->fd, rel, flags, mode, OURS);

	if (opened < 0)
		return open_failed(d, rel);
	*fd = opened;
	return NULL;
}

struct err *dir_read(const struct dir *d, const char *rel, char **text, size_t *size)
{
	auto_free char *path = dir_name(d, rel);
	auto_fd int fd = -1;
	struct err *err = dir_enter(d, rel, O_RDONLY, 0, &fd);

	return err ? err : fd_read_all(fd, path, text, size);
}

struct err *dir_read_at_once(const struct dir *d, const char *rel, char **text, size_t *size)
{
	auto_free char *path = dir_name(d, rel);
	auto_fd int fd = -1;
	struct err *err = dir_enter(d, rel, O_RDONLY, 0, &fd);

	return err ? err : fd_read_at_once(fd, path, text, size);
}

struct err *dir_write(const struct dir *d, const char *rel, const char *text)
{
	auto_fd int fd = -1;
	size_t len = strlen(text);
	ssize_t n;
	struct err *err = dir_enter(d, rel, O_WRONLY, 0, &fd);

	if (err)
		return err;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n < len)
		errno = EIO;
	return n == (ssize_t)len ? NULL : call_failed("write", d, rel);
}

struct err *dir_chown(const struct dir *d, const char *rel, uid_t uid)
{
	auto_fd int fd = -1;
	struct err *err = dir_enter(d, rel, O_PATH, 0, &fd);

	if (!err && fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0) {
		auto_free char *name = dir_name(d, rel);

		err = err_sys("chown", name);
	}
	return err;
}
