/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers' directories, ROOT/ID. A container's lock is on its
 * directory itself, so no lock file can vanish under those who wait: whoever
 * gets the lock of a removed directory sees that it has no link any more.
 */
#include "hull/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "hull/fd.h"

enum { LOCK_WAIT_MS = 30 * 1000 };

static struct err *no_container(const char *id)
{
	return err_set(err_new(ENOENT, "container does not exist"), ERR_CONTAINER, "%s", id);
}

static struct err *id_taken(const char *id)
{
	struct err *err = err_new(EEXIST, "container with given ID already exists");

	err = err_set(err, ERR_HINT, "delete it first: hull delete %s", id);
	return err_set(err, ERR_CONTAINER, "%s", id);
}

/* What we find in there decides what is killed and removed: nobody else may write it. */
static struct err *root_check(int fd, const char *root)
{
	struct err *err = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys("fstat", root);
	if (st.st_uid != geteuid())
		err = err_new(EPERM, "state directory %s: belongs to user %u, not to %u", root,
			      st.st_uid, geteuid());
	else if (st.st_mode & (S_IWGRP | S_IWOTH))
		err = err_new(EPERM, "state directory %s: others may write to it (mode %04o)", root,
			      st.st_mode & 07777);
	return err_set(err, ERR_HINT, "use --root with a directory of your own (mode 0700)");
}

/* The process that has locked the file (proc_locks(5)), or 0. */
static pid_t lock_holder(int fd)
{
	auto_free char *locks = NULL;
	auto_err struct err *err = path_read("/proc/locks", &locks, NULL);
	char *rest = locks;
	struct stat st;

	if (err || fstat(fd, &st) < 0)
		return 0;
	for (char *line; (line = strsep(&rest, "\n"));) {
		unsigned long inode;
		unsigned dev_major, dev_minor;
		int pid;

		/* Lines of those who wait have "->" behind the number. */
		if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %d %x:%x:%lu", &pid, &dev_major,
			   &dev_minor, &inode) == 4 &&
		    inode == st.st_ino && makedev(dev_major, dev_minor) == st.st_dev)
			return pid;
	}
	return 0;
}

static struct err *lock_timed_out(struct err *err, int fd, const char *id)
{
	pid_t pid = lock_holder(fd);
	char who[32] = "another command";

	if (err_code(err) != ETIMEDOUT)
		return err;
	err_free(err);
	if (pid > 0)
		snprintf(who, sizeof(who), "process %d", pid);
	err = err_new(ETIMEDOUT, "container is busy: waited %d s for %s to finish with it",
		      LOCK_WAIT_MS / 1000, who);
	return err_set(err, ERR_CONTAINER, "%s", id);
}

/* Opens ROOT/ID below @root, unlocked. */
static struct err *store_enter(struct arena *a, const struct dir *root, const char *id,
			       struct store *s)
{
	int fd = -1;
	struct err *err = dir_enter(root, id, O_RDONLY | O_DIRECTORY, 0, &fd);

	if (err)
		return err;
	*s = (struct store){
		.root = arena_strdup(a, root->path),
		.id = arena_strdup(a, id),
		.dir = { fd, arena_printf(a, "%s/%s", root->path, id) },
		.lock = -1,
	};
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_id(const char *name)
{
	auto_err struct err *err = id_check(name);

	return !err;
}

/* Not isalnum(3), which may know more letters. */
static bool is_in_id(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '+' || c == '.' || c == '-';
}

struct err *id_check(const char *id)
{
	auto_free char *quoted = NULL;
	size_t len = strlen(id), span = 0;

	if (len > NAME_MAX)
		return err_new(EINVAL, "container id: longer than %d bytes", NAME_MAX);
	while (is_in_id(id[span]))
		span++;
	if (len > 0 && *id != '-' && *id != '.' && span == len)
		return NULL;
	quoted = json_quote(id);
	return err_new(EINVAL, "container id %s: must be letters, digits and _+.- only, and not "
		       "begin with - or .", quoted);
}

struct err *root_open(const char *root, struct dir *dir)
{
	auto_arena struct arena a = { 0 };
	char *path = arena_strdup(&a, root);
	auto_fd int fd = -1;
	struct err *err;

	/* Behind a slash the last name would be followed in spite of O_NOFOLLOW. */
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = 0;
	err = path_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &fd);
	if (!err)
		err = root_check(fd, root);
	if (err)
		return err_code(err) == ENOTDIR ? err_add(err, "state directory, not a link") : err;
	*dir = (struct dir){ take_fd(&fd), root };
	return NULL;
}

struct err *store_create(struct arena *a, const char *root, const char *id, struct store *s)
{
	auto_fd int fd = -1;
	struct dir dir;
	struct err *err = id_check(id);

	if (!err)
		err = path_make(root, 0700);
	if (!err)
		err = root_open(root, &dir);
	if (err)
		return err;
	fd = dir.fd;
	if (mkdirat(fd, id, 0700) < 0)
		return errno == EEXIST ? id_taken(id) : err_add(err_sys("mkdir", id), "%s", root);
	err = store_enter(a, &dir, id, s);
	if (err)
		return err;
	err = store_lock(s);
	if (err)
		store_close(s);
	return err;
}

struct err *store_open(struct arena *a, const char *root, const char *id, bool lock,
		       struct store *s)
{
	auto_fd int fd = -1;
	struct dir dir;
	struct err *err = id_check(id);

	if (err)
		return err;
	err = root_open(root, &dir);
	if (!err) {
		fd = dir.fd;
		err = store_enter(a, &dir, id, s);
	}
	if (err_code(err) == ENOENT) {
		err_free(err);
		return no_container(id);
	}
	if (err || !lock)
		return err;
	err = store_lock(s);
	if (err)
		store_close(s);
	return err;
}

struct err *store_lock(struct store *s)
{
	auto_fd int fd = -1;
	struct stat st;
	struct err *err = dir_enter(&s->dir, ".", O_RDONLY | O_DIRECTORY, 0, &fd);

	if (err)
		return err;
	err = fd_lock(fd, s->dir.path, LOCK_WAIT_MS);
	if (err)
		return lock_timed_out(err, fd, s->id);
	if (fstat(fd, &st) < 0)
		return err_sys("fstat", s->dir.path);
	if (st.st_nlink == 0)
		return no_container(s->id);	/* `delete` had the lock before us */
	s->lock = take_fd(&fd);
	return NULL;
}

void store_unlock(struct store *s)
{
	if (s->lock > 0) {		/* 0: a zeroed struct */
		fd_unlock(s->lock);	/* also if a process of ours still has a copy */
		close(s->lock);
	}
	s->lock = -1;
}

void store_close(struct store *s)
{
	store_unlock(s);
	if (s->dir.fd > 0)
		close(s->dir.fd);
	s->dir.fd = -1;
}

struct err *store_remove(const struct store *s)
{
	auto_fd int fd = -1;
	struct dir dir;
	struct err *err = root_open(s->root, &dir);

	if (err)
		return err;
	fd = dir.fd;
	return dir_remove_tree(&dir, s->id);
}

struct err *root_list(struct arena *a, const struct dir *root, names *ids)
{
	names all = { 0 };
	struct err *err = dir_list_dirs(a, root, &all);

	*ids = (names){ 0 };
	for_each (name, &all)
		if (is_id(*name))
			*list_add(a, ids) = *name;
	if (ids->n)
		qsort(ids->v, ids->n, sizeof(*ids->v), by_name);
	return err;
}

struct err *store_list(struct arena *a, const char *root, names *ids)
{
	auto_fd int fd = -1;
	struct dir dir;
	struct err *err = root_open(root, &dir);

	*ids = (names){ 0 };
	if (err_code(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (err)
		return err;
	fd = dir.fd;
	return root_list(a, &dir, ids);
}
