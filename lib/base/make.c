/* SPDX-License-Identifier: Apache-2.0 */
/* Directories, device nodes, links and copies, by name in a directory that is open. */
#include "hull/make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { DEPTH_MAX = 64, XATTR_MAX = 64 * 1024, PIECE = 16 << 20 };

/* The same number on all architectures but alpha; glibc 2.36 does not know it. */
enum { SYS_FCHMODAT2 = 452 };

static struct err *failed(const char *call, const struct dir *d, const char *name)
{
	auto_free char *path = NULL;

	if (asprintf(&path, "%s/%s", d->path, name) < 0)
		abort();
	return err_sys(call, path);
}

struct err *directory_make(const struct dir *d, const char *name, mode_t mode)
{
	return mkdirat(d->fd, name, mode) < 0 ? failed("mkdir", d, name) : NULL;
}

struct err *directory_remove(const struct dir *d, const char *name)
{
	if (unlinkat(d->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return failed("rmdir", d, name);
	return NULL;
}

/*
 * chmod(2) of what is open as O_PATH. By name it would follow a link that
 * somebody put there meanwhile. Before Linux 6.6 only /proc can do it.
 */
static int mode_set(int fd, mode_t mode)
{
	char path[32];

	if (syscall(SYS_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, mode);
}

struct err *node_make(const struct dir *d, const char *name, mode_t mode, dev_t dev, uid_t uid,
		      gid_t gid)
{
	bool made = mknodat(d->fd, name, mode, dev) == 0;
	auto_fd int fd = -1;
	struct stat st;

	if (!made && errno != EEXIST)
		return failed("mknod", d, name);
	fd = openat(d->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return failed("open", d, name);
	errno = EEXIST;
	if ((st.st_mode & S_IFMT) != (mode & S_IFMT) || st.st_rdev != dev)
		return err_set(failed("mknod", d, name), ERR_HINT,
			       "something else is there already");
	if ((st.st_uid != uid || st.st_gid != gid) &&
	    fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return failed("fchown", d, name);
	if ((st.st_mode & 07777) != (mode & 07777) && mode_set(fd, mode & 07777) < 0)
		return failed("fchmod", d, name);
	return NULL;
}

char *link_text(struct arena *a, const struct dir *d, const char *rel)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(d->fd, rel, text, sizeof(text));

	return n < 0 ? NULL : arena_strndup(a, text, (size_t)n);
}

static bool is_link_to(const struct dir *d, const char *name, const char *to)
{
	auto_arena struct arena a = { 0 };
	const char *text = link_text(&a, d, name);

	return text && !strcmp(text, to);
}

struct err *link_make(const struct dir *d, const char *name, const char *to, bool replace)
{
	if (symlinkat(to, d->fd, name) == 0)
		return NULL;
	if (errno != EEXIST)
		return failed("symlink", d, name);
	if (!replace || is_link_to(d, name, to))
		return NULL;
	if (unlinkat(d->fd, name, 0) < 0)
		return failed("unlink", d, name);
	return symlinkat(to, d->fd, name) < 0 ? failed("symlink", d, name) : NULL;
}

/* ---- tree_copy ---- */

/* A file with several names, the first of which has been copied. */
struct twin {
	dev_t dev;
	ino_t ino;
	const char *path;		/* of the copy, below the whole */
};

struct copy {
	struct arena arena;
	void *twins;			/* tsearch(3) */
	int to;				/* the whole copy */
	void (*alive)(void *data, const char *path);
	void *data;
};

static int twin_compare(const void *one, const void *other)
{
	const struct twin *a = one, *b = other;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static void twin_keep(void *twin)
{
	(void)twin;	/* it is the arena's */
}

static struct err *level_copy(struct copy *c, const struct dir *from, const struct dir *to,
			      const char *path, unsigned depth);

static struct err *bytes_copy(struct copy *c, int in, int out, const struct dir *to,
			      const char *name, const char *path)
{
	ssize_t n;

	do {
		c->alive(c->data, path);
		n = sendfile(out, in, NULL, PIECE);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? failed("sendfile", to, name) : NULL;
}

/* Extended attributes, file capabilities among them; a file system without them is fine. */
static struct err *xattrs_copy(int in, int out, const struct dir *to, const char *name)
{
	auto_free char *attrs = xmalloc(XATTR_MAX);
	auto_free char *value = xmalloc(XATTR_MAX);
	ssize_t n = flistxattr(in, attrs, XATTR_MAX);

	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(attrs + at) + 1) {
		ssize_t size = fgetxattr(in, attrs + at, value, XATTR_MAX);

		if (size >= 0 && fsetxattr(out, attrs + at, value, (size_t)size, 0) < 0 &&
		    errno != ENOTSUP && errno != EPERM)
			return failed("fsetxattr", to, name);
	}
	return NULL;
}

/* An owner who is not mapped in this user namespace cannot own the copy: it stays ours. */
static bool owner_failed(int result)
{
	return result < 0 && errno != EINVAL;
}

/*
 * Owner, mode, attributes and times, in this order: a change of owner takes
 * set-user-id bits and capabilities away, all changes touch the times.
 */
static struct err *looks_copy(int in, int out, const struct stat *st, const struct dir *to,
			      const char *name)
{
	struct timespec times[] = { st->st_atim, st->st_mtim };
	struct err *err;

	if (owner_failed(fchown(out, st->st_uid, st->st_gid)))
		return failed("fchown", to, name);
	if (fchmod(out, st->st_mode & 07777) < 0)
		return failed("fchmod", to, name);
	err = xattrs_copy(in, out, to, name);
	if (!err && futimens(out, times) < 0)
		err = failed("futimens", to, name);
	return err;
}

static struct err *file_copy(struct copy *c, const struct dir *from, const struct dir *to,
			     const char *name, const char *path)
{
	/* O_NONBLOCK: it may have been exchanged for a fifo meanwhile. */
	auto_fd int in = openat(from->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_fd int out = -1;
	struct stat st;
	struct err *err;

	if (in < 0 || fstat(in, &st) < 0)
		return failed("open", from, name);
	if (!S_ISREG(st.st_mode))
		return err_new(EAGAIN, "%s/%s was changed while it was copied", from->path, name);
	out = openat(to->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return failed("open", to, name);
	err = bytes_copy(c, in, out, to, name, path);
	return err ? err : looks_copy(in, out, &st, to, name);
}

static struct err *dir_copy(struct copy *c, const struct dir *from, const struct dir *to,
			    const char *name, const char *path, unsigned depth)
{
	enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
	auto_fd int in = openat(from->fd, name, HOW);
	auto_fd int out = -1;
	struct stat st;
	struct err *err;

	if (in < 0 || fstat(in, &st) < 0)
		return failed("open", from, name);
	if (mkdirat(to->fd, name, 0700) < 0)
		return failed("mkdir", to, name);
	out = openat(to->fd, name, HOW);
	if (out < 0)
		return failed("open", to, name);
	err = level_copy(c, &(struct dir){ in, name }, &(struct dir){ out, name }, path, depth + 1);
	return err ? err : looks_copy(in, out, &st, to, name);
}

/* What has no contents: links, and what mknod(2) makes. */
static struct err *special_copy(const struct dir *from, const struct dir *to, const char *name,
				const struct stat *st)
{
	struct timespec times[] = { st->st_atim, st->st_mtim };
	char target[PATH_MAX];
	ssize_t n;

	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(from->fd, name, target, sizeof(target) - 1);
		if (n < 0)
			return failed("readlink", from, name);
		target[n] = 0;
		if (symlinkat(target, to->fd, name) < 0)
			return failed("symlink", to, name);
	} else if (mknodat(to->fd, name, st->st_mode, st->st_rdev) < 0) {
		/* A user namespace has no devices of its own: there, one would be of no use. */
		return errno == EPERM ? NULL : failed("mknod", to, name);
	}
	if (owner_failed(fchownat(to->fd, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW)))
		return failed("fchownat", to, name);
	if (!S_ISLNK(st->st_mode) && fchmodat(to->fd, name, st->st_mode & 07777, 0) < 0)
		return failed("fchmodat", to, name);
	return utimensat(to->fd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ?
		failed("utimensat", to, name) : NULL;
}

/* If another name of the same file has been copied: one more for the copy. */
static bool twin_copy(struct copy *c, const struct stat *st, const struct dir *to, const char *name,
		      const char *path, struct err **err)
{
	struct twin *twin, **known;

	*err = NULL;
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return false;
	twin = arena_new(&c->arena, struct twin);
	*twin = (struct twin){ st->st_dev, st->st_ino, path };
	known = tsearch(twin, &c->twins, twin_compare);
	if (!known)
		abort();
	if (*known == twin)
		return false;
	/* It may be missing: a device that was skipped. */
	if (linkat(c->to, (*known)->path, to->fd, name, 0) < 0 && errno != ENOENT)
		*err = failed("link", to, name);
	return true;
}

static struct err *entry_copy(struct copy *c, const struct dir *from, const struct dir *to,
			      const char *name, const char *path, unsigned depth)
{
	struct stat st;
	struct err *err;

	if (fstatat(from->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return failed("fstatat", from, name);
	if (twin_copy(c, &st, to, name, path, &err))
		return err;
	if (S_ISREG(st.st_mode))
		return file_copy(c, from, to, name, path);
	if (S_ISDIR(st.st_mode))
		return dir_copy(c, from, to, name, path, depth);
	return special_copy(from, to, name, &st);
}

static struct err *level_copy(struct copy *c, const struct dir *from, const struct dir *to,
			      const char *path, unsigned depth)
{
	names list = { 0 };
	struct err *err;

	if (depth > DEPTH_MAX)
		return err_new(ELOOP, "%s is nested too deep", from->path);
	err = dir_list(&c->arena, from, &list);
	for_each (name, &list) {
		const char *below = arena_printf(&c->arena, "%s%s%s", path, *path ? "/" : "", *name);

		if (err)
			return err;
		err = entry_copy(c, from, to, *name, below, depth);
	}
	return err;
}

struct err *tree_copy(const struct dir *from, const struct dir *to,
		      void (*alive)(void *data, const char *path), void *data)
{
	struct copy c = { .to = to->fd, .alive = alive, .data = data };
	struct err *err = level_copy(&c, from, to, "", 0);

	tdestroy(c.twins, twin_keep);
	arena_free(&c.arena);
	return err;
}
