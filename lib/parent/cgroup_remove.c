/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the container's cgroup: all in it is killed, then it is removed. */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hull/make.h"
#include "hull/sys.h"

enum {
	KILL_WAIT_MS = 10 * 1000,
	ROUNDS = 100, /* of emptying it while somebody else puts processes in */
	NAMED = 8,    /* of the processes that do not go */
};

static struct err *cgroup_dir(const char *path, struct dir *d)
{
	d->path = path;
	return path_open(path, O_RDONLY | O_DIRECTORY, &d->fd);
}

static bool is_gone(const struct err *err)
{
	return err_code(err) == ENOENT || err_code(err) == ENODEV;
}

/* "12 34": who is still there. */
static char *remaining(struct arena *a, const char *path)
{
	char *text = arena_strdup(a, "");
	pid_list pids = { 0 };

	err_free(cgroup_pids(a, path, &pids));
	for (size_t i = 0; i < pids.n && i < NAMED; i++)
		text = arena_printf(a, "%s %d", text, pids.v[i]);
	return text;
}

static struct err *empty_await(const struct dir *d)
{
	struct err *err = cgroup_event_await(d, "populated 0", KILL_WAIT_MS);
	auto_arena struct arena a = { 0 };

	if (err_code(err) != ETIME)
		return err;
	err_free(err);
	err = err_new(ETIME, "cgroup %s still has processes %d s after they were killed:%s",
		      d->path, KILL_WAIT_MS / 1000, remaining(&a, d->path));
	return err_set(err, ERR_HINT,
		       "those in state D wait for a device or a network: see "
		       "/proc/PID/stack");
}

static bool is_populated(const char *path)
{
	struct dir d = { .path = path, .fd = -1 };
	auto_err struct err *err = cgroup_dir(path, &d);

	if (!err)
		err = cgroup_event_await(&d, "populated 0", 0);
	close_p(&d.fd);
	return err_code(err) == ETIME;
}

static struct err *one_remove(const struct dir *d, const char *name, void *unused)
{
	(void)unused;
	return directory_remove(d, name);
}

void cgroup_unthrottle(const char *path)
{
	struct dir d = { .fd = -1 };
	struct err *err = cgroup_dir(path, &d);

	if (!err)
		err = dir_write(&d, "cpu.max", "max");
	err_free(err); /* it has no such limit, or will take its time */
	close_p(&d.fd);
}

/* Ends all that lives in the cgroup and below it. One that @stays keeps those that are below it. */
static struct err *cgroup_empty(const char *path, bool stays)
{
	auto_fd int fd = -1;
	struct dir d = { .path = path };
	struct err *err;

	if (!stays)
		cgroup_unthrottle(path);
	err = cgroup_kill(path, stays);
	if (!err)
		err = path_open(path, O_RDONLY | O_DIRECTORY, &fd);
	d.fd = fd;
	if (!err)
		err = empty_await(&d);
	if (!err && !stays)
		err = cgroup_visit(&d, one_remove, NULL);
	if (is_gone(err)) {
		err_free(err);
		return NULL;
	}
	return err;
}

/*
 * Mostly nobody is in it any more and it goes at once. EBUSY: there is
 * somebody, or a cgroup below it; and then again, if somebody else, an `exec`
 * or an engine, was just putting a process into it.
 */
static struct err *cgroup_end(const char *path)
{
	auto_free char *above = NULL;
	auto_fd int fd = -1;
	struct dir d = { .fd = -1 };
	const char *name;
	struct err *err;

	path_split(path, &above, &name);
	err = cgroup_dir(above, &d);
	fd = d.fd;
	if (!err)
		err = directory_remove(&d, name);
	for (int round = 0; round < ROUNDS && err_code(err) == EBUSY; round++) {
		err_free(err);
		err = cgroup_empty(path, false);
		if (!err)
			err = directory_remove(&d, name);
	}
	/* EROFS comes before ENOENT: it could not be made there either. */
	if (is_gone(err) || (err && !path_exists(path))) {
		err_free(err);
		return NULL;
	}
	return err;
}

struct err *cgroup_remove(const struct undo *undo)
{
	const struct record *r = undo->record;
	struct err *err;

	if (!r->cgroup)
		return NULL;
	/* One that is not ours stays, but nothing of the container in it. */
	if (r->cgroup_existed)
		return record_owns_cgroup(r) && is_populated(r->cgroup)
			       ? cgroup_empty(r->cgroup, true)
			       : NULL;
	err = record_has_cgroup(r) ? cgroup_end(r->cgroup) : NULL;
	if (!err)
		cgroup_parents_remove(r);
	return err;
}
