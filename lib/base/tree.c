/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory: listing and removing it, by descriptor, no link followed. */
#include "hull/dir.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { DEPTH = 128 };			/* of a tree that is removed; one descriptor each */

/* A stream of @rel's names; @rel is entered as by dir_enter. */
static struct err *stream_open(const struct dir *d, const char *rel, DIR **stream)
{
	auto_fd int fd = -1;
	struct err *err = dir_enter(d, rel, O_RDONLY | O_DIRECTORY, 0, &fd);

	if (err)
		return err;
	*stream = fdopendir(fd);
	if (!*stream)
		return err_sys("fdopendir", d->path);
	(void)take_fd(&fd);
	return NULL;
}

static void stream_close(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}
#define auto_stream __attribute__((cleanup(stream_close)))

/* The next one but "." and ".."; NULL at the end, and with errno set on failure. */
static const struct dirent *entry_next(DIR *stream)
{
	const struct dirent *e;

	do {
		errno = 0;
		e = readdir(stream);
	} while (e && (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")));
	return e;
}

static const char *stream_next(DIR *stream)
{
	const struct dirent *e = entry_next(stream);

	return e ? e->d_name : NULL;
}

/* Links are unlinked, mount points refused: unlinkat(2) and NO_XDEV see to it. */
static struct err *remove_below(const struct dir *d, const char *name, int depth)
{
	auto_free char *path = dir_name(d, name);
	auto_stream DIR *stream = NULL;
	const char *child;
	struct err *err;

	if (!unlinkat(d->fd, name, 0) || errno == ENOENT)
		return NULL;
	if (errno != EISDIR)
		return err_sys("unlinkat", path);
	if (depth == 0)
		return err_new(ELOOP, "remove %s: more than %d directories deep", path, DEPTH);
	err = stream_open(d, name, &stream);
	if (err)
		return err;
	while (!err && (child = stream_next(stream)))
		err = remove_below(&(struct dir){ dirfd(stream), path }, child, depth - 1);
	if (err)
		return err;
	if (errno)
		return err_sys("readdir", path);
	if (unlinkat(d->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys("rmdir", path);
	return NULL;
}

struct err *dir_remove_tree(const struct dir *d, const char *name)
{
	assert(!strchr(name, '/'));
	return remove_below(d, name, DEPTH);
}

struct err *dir_list(struct arena *a, const struct dir *d, names *list)
{
	auto_stream DIR *stream = NULL;
	names found = { 0 };
	const char *name;
	struct err *err = stream_open(d, ".", &stream);

	if (err)
		return err;
	while ((name = stream_next(stream)))
		*list_add(a, &found) = arena_strdup(a, name);
	if (errno)
		return err_sys("readdir", d->path);
	*list = found;
	return NULL;
}

/* Not every file system says what an entry is. */
static bool is_directory(DIR *stream, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return !fstatat(dirfd(stream), e->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

struct err *dir_list_dirs(struct arena *a, const struct dir *d, names *list)
{
	auto_stream DIR *stream = NULL;
	names found = { 0 };
	const struct dirent *e;
	struct err *err = stream_open(d, ".", &stream);

	if (err)
		return err;
	while ((e = entry_next(stream)))
		if (is_directory(stream, e))
			*list_add(a, &found) = arena_strdup(a, e->d_name);
	if (errno)
		return err_sys("readdir", d->path);
	*list = found;
	return NULL;
}
