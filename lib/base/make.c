/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes, links and copies, by name in a directory that is open. */
#include "hull/make.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

enum { DEPTH_MAX = 64, XATTR_MAX = 64 * 1024 };

static struct err *failed(const char *call, const struct dir *d, const char *name)
{
	auto_free char *path = NULL;

	if (asprintf(&path, "%s/%s", d->path, name) < 0)
		abort();
	return err_sys(call, path);
}

struct err *node_make(const struct dir *d, const char *name, mode_t mode, dev_t dev, uid_t uid,
		      gid_t gid)
{
	struct stat st;

	if (mknodat(d->fd, name, mode, dev) < 0) {
		if (errno != EEXIST)
			return failed("mknod", d, name);
		if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return failed("fstatat", d, name);
		errno = EEXIST;
		if ((st.st_mode & S_IFMT) != (mode & S_IFMT) || st.st_rdev != dev)
			return err_set(failed("mknod", d, name), ERR_HINT,
				       "something else is there already");
		if ((st.st_mode & 07777) != (mode & 07777) &&
		    fchmodat(d->fd, name, mode & 07777, 0) < 0)
			return failed("fchmodat", d, name);
	}
	if ((uid || gid) && fchownat(d->fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed("fchownat", d, name);
	return NULL;
}

struct err *link_make(const struct dir *d, const char *name, const char *to, bool replace)
{
	struct stat st;

	if (symlinkat(to, d->fd, name) == 0)
		return NULL;
	if (errno != EEXIST)
		return failed("symlink", d, name);
	if (!replace || (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)))
		return NULL;
	if (unlinkat(d->fd, name, 0) < 0)
		return failed("unlink", d, name);
	return symlinkat(to, d->fd, name) < 0 ? failed("symlink", d, name) : NULL;
}

struct err *dirs_remove(const struct dir *d, const char *name)
{
	auto_arena struct arena a = { 0 };
	auto_fd int fd = openat(d->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dir here = { fd, name };
	names below = { 0 };
	struct err *err;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? NULL : failed("open", d, name);
	err = dir_list(&a, &here, &below);
	for_each (sub, &below) {
		if (err)
			return err;
		if (fstatat(fd, *sub, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
			err = dirs_remove(&here, *sub);
	}
	if (!err && unlinkat(d->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		err = failed("rmdir", d, name);
	return err;
}

/* ---- tree_copy ---- */

static struct err *level_copy(const struct dir *from, const struct dir *to, unsigned depth);

static struct err *bytes_copy(int in, int out, const struct dir *to, const char *name)
{
	ssize_t n;

	do {
		n = sendfile(out, in, NULL, 1 << 30);
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

static struct err *file_copy(const struct dir *from, const struct dir *to, const char *name,
			     const struct stat *st)
{
	/* O_NONBLOCK: it may have been exchanged for a fifo meanwhile. */
	auto_fd int in = openat(from->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_fd int out = -1;
	struct err *err;

	if (in < 0)
		return failed("open", from, name);
	out = openat(to->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return failed("open", to, name);
	err = bytes_copy(in, out, to, name);
	if (!err)
		err = xattrs_copy(in, out, to, name);
	if (!err && fchmod(out, st->st_mode & 07777) < 0)
		err = failed("fchmod", to, name);
	return err;
}

static struct err *link_copy(const struct dir *from, const struct dir *to, const char *name)
{
	char target[4096];
	ssize_t n = readlinkat(from->fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return failed("readlink", from, name);
	target[n] = 0;
	return symlinkat(target, to->fd, name) < 0 ? failed("symlink", to, name) : NULL;
}

static struct err *dir_copy(const struct dir *from, const struct dir *to, const char *name,
			    const struct stat *st, unsigned depth)
{
	enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
	auto_fd int in = openat(from->fd, name, HOW);
	auto_fd int out = -1;
	struct err *err;

	if (in < 0)
		return failed("open", from, name);
	if (mkdirat(to->fd, name, 0700) < 0)
		return failed("mkdir", to, name);
	out = openat(to->fd, name, HOW);
	if (out < 0)
		return failed("open", to, name);
	err = level_copy(&(struct dir){ in, name }, &(struct dir){ out, name }, depth + 1);
	if (!err)
		err = xattrs_copy(in, out, to, name);
	if (!err && fchmod(out, st->st_mode & 07777) < 0)
		err = failed("fchmod", to, name);
	return err;
}

static struct err *entry_copy(const struct dir *from, const struct dir *to, const char *name,
			      unsigned depth)
{
	struct stat st;
	struct err *err;

	if (fstatat(from->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return failed("fstatat", from, name);
	if (S_ISREG(st.st_mode))
		err = file_copy(from, to, name, &st);
	else if (S_ISDIR(st.st_mode))
		err = dir_copy(from, to, name, &st, depth);
	else if (S_ISLNK(st.st_mode))
		err = link_copy(from, to, name);
	else
		err = mknodat(to->fd, name, st.st_mode, st.st_rdev) < 0 ?
			failed("mknod", to, name) : NULL;
	if (err)
		return err;
	if (fchownat(to->fd, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed("fchownat", to, name);
	/* A change of owner takes set-user-id bits away. */
	if (st.st_mode & 06000 && !S_ISLNK(st.st_mode) &&
	    fchmodat(to->fd, name, st.st_mode & 07777, 0) < 0)
		return failed("fchmodat", to, name);
	if (utimensat(to->fd, name, (struct timespec []){ st.st_atim, st.st_mtim },
		      AT_SYMLINK_NOFOLLOW) < 0)
		return failed("utimensat", to, name);
	return NULL;
}

static struct err *level_copy(const struct dir *from, const struct dir *to, unsigned depth)
{
	auto_arena struct arena a = { 0 };
	names list = { 0 };
	struct err *err;

	if (depth > DEPTH_MAX)
		return err_new(ELOOP, "%s is nested too deep", from->path);
	err = dir_list(&a, from, &list);
	for_each (name, &list) {
		if (err)
			return err;
		err = entry_copy(from, to, *name, depth);
	}
	return err;
}

struct err *tree_copy(const struct dir *from, const struct dir *to)
{
	return level_copy(from, to, 0);
}
