/* SPDX-License-Identifier: Apache-2.0 */
/* Host paths, which the caller names and the kernel resolves as for anybody; replacing files. */
#include "hull/dir.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "hull/fd.h"

static char *copy(const char *s, size_t len)
{
	char *c = memcpy(xmalloc(len + 1), s, len);

	c[len] = 0;
	return c;
}

/* In a shared directory as /tmp nobody may foretell the name; O_EXCL is what protects us. */
static void temporary_name(char name[static 32])
{
	unsigned long long random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	snprintf(name, 32, ".new-%016llx", random);
}

static struct err *replace(const struct dir *d, const char *name, const void *bytes, size_t size,
			   mode_t mode, bool sync)
{
	auto_free char *path = dir_name(d, name);
	auto_fd int fd = -1;
	char temporary[32];
	struct err *err;

	temporary_name(temporary);
	err = dir_enter(d, temporary, O_WRONLY | O_CREAT | O_EXCL, mode, &fd);
	if (err)
		return err;
	err = fd_write_all(fd, path, bytes, size);
	if (!err && sync && fdatasync(fd) < 0)
		err = err_sys("fdatasync", path);
	if (!err && renameat(d->fd, temporary, d->fd, name) < 0)
		err = err_sys("rename", path);
	if (err)
		unlinkat(d->fd, temporary, 0);
	return err;
}

/* mkdir -p; errno on failure. */
static int make(const char *path, mode_t mode)
{
	auto_free char *parent = NULL;
	const char *name;
	struct stat st;

	if (!mkdir(path, mode))
		return 0;
	if (errno == ENOENT && *path) {
		path_split(path, &parent, &name);
		if (!strcmp(parent, path) || make(parent, 0755) < 0)
			return -1;
		if (!mkdir(path, mode))
			return 0;
	}
	/* What exists is fine, whatever mkdir(2) finds wrong with making it (EROFS, EACCES). */
	if (errno == ENOENT || stat(path, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return 0;
}

struct err *dir_replace(const struct dir *d, const char *name, const void *bytes, size_t size)
{
	assert(!strchr(name, '/'));
	/* Else a power cut may keep the new name and lose the bytes. Free on tmpfs. */
	return replace(d, name, bytes, size, 0600, true);
}

void path_split(const char *path, char **parent, const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	while (len > 1 && path[len - 1] == '/')
		len--;
	*parent = !slash ? copy(".", 1) : copy(path, len ? len : 1);
}

struct err *path_create(const char *path, int flags, mode_t mode, int *fd)
{
	int opened;

	/* Not open(3): musl sets FD_CLOEXEC once more, for kernels before 2.6.23. */
	do
		opened = openat(AT_FDCWD, path, flags | O_CLOEXEC, mode);
	while (opened < 0 && errno == EINTR);
	if (opened < 0)
		return err_sys("open", path);
	*fd = opened;
	return NULL;
}

struct err *path_open(const char *path, int flags, int *fd)
{
	assert(!(flags & O_CREAT));
	return path_create(path, flags, 0, fd);
}

struct err *path_stat(const char *path, struct stat *st)
{
	return stat(path, st) < 0 ? err_sys("stat", path) : NULL;
}

bool path_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

struct err *path_make(const char *path, mode_t mode)
{
	size_t len = strlen(path);
	auto_free char *trimmed = NULL;

	while (len > 1 && path[len - 1] == '/')
		len--;
	trimmed = copy(path, len);
	return make(trimmed, mode) < 0 ? err_sys("mkdir", path) : NULL;
}

struct err *path_read(const char *path, char **text, size_t *size)
{
	auto_fd int fd = -1;
	struct err *err = path_open(path, O_RDONLY, &fd);

	return err ? err : fd_read_all(fd, path, text, size);
}

struct err *path_read_at_once(const char *path, char **text, size_t *size)
{
	auto_fd int fd = -1;
	struct err *err = path_open(path, O_RDONLY, &fd);

	return err ? err : fd_read_at_once(fd, path, text, size);
}

struct err *path_replace(const char *path, const void *bytes, size_t size, mode_t mode)
{
	auto_free char *parent = NULL;
	auto_fd int fd = -1;
	const char *name;
	struct err *err;

	path_split(path, &parent, &name);
	err = path_open(parent, O_PATH | O_DIRECTORY, &fd);
	return err ? err : replace(&(struct dir){ fd, parent }, name, bytes, size, mode, false);
}

char *path_clean(struct arena *a, const char *cwd, const char *path)
{
	char *whole = *path == '/' ? arena_strdup(a, path) : arena_printf(a, "%s/%s", cwd, path);
	char *end = whole;		/* of what is clean; it is never ahead of @from */

	for (const char *from = whole; *from;) {
		size_t len;

		from += strspn(from, "/");
		len = strcspn(from, "/");
		if (len == 2 && !memcmp(from, "..", 2)) {
			while (end > whole && *--end != '/')
				;
		} else if (len && !(len == 1 && *from == '.')) {
			*end++ = '/';
			memmove(end, from, len);
			end += len;
		}
		from += len;
	}
	if (end == whole)
		*end++ = '/';
	*end = 0;
	return whole;
}
