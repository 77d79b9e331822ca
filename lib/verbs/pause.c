/* SPDX-License-Identifier: Apache-2.0 */
/* pause and resume: the freezer of the container's cgroup (cgroup-v2.rst, cgroup.freeze). */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hull/str.h"
#include "hull/sys.h"

enum { WAIT_MS = 10 * 1000, NAMED_MAX = 5 };

static struct err *cgroup_enter(const struct record *r, struct dir *d)
{
	d->path = r->cgroup;
	if (!r->cgroup)
		return err_new(ENOENT, "the container has no cgroup, so it cannot be paused");
	return path_open(r->cgroup, O_RDONLY | O_DIRECTORY, &d->fd);
}

/* ---- who does not stop ---- */

/* Where a parent waits in vfork(2): the freezer counts it as standing still. */
static const char *const vfork_waits[] = { "kernel_clone", "wait_for_vfork_done", NULL };

/*
 * A thread that is neither asleep nor stopped: the freezer has woken it, but
 * it does not come out of the kernel. "D (disk sleep) in io_schedule", as far
 * as we may know; NULL if it is none.
 */
static char *restless_state(struct arena *a, const char *task)
{
	auto_free char *status = NULL, *wait = NULL;
	auto_err struct err *err = path_read(arena_printf(a, "%s/status", task), &status, NULL);
	const char *state = err ? "" : str_after(status, "\nState:\t");

	if (*state != 'R' && *state != 'D')
		return NULL;
	err_free(path_read(arena_printf(a, "%s/wchan", task), &wait, NULL));
	if (!wait || !isalpha((unsigned char)*wait))
		return arena_strndup(a, state, strcspn(state, "\n"));
	return str_among(wait, vfork_waits) ? NULL :
		arena_printf(a, "%.*s in %s", (int)strcspn(state, "\n"), state, wait);
}

/* "4242 (dd: D (disk sleep) in io_schedule)"; NULL if all its threads may stand still. */
static char *restless(struct arena *a, pid_t pid)
{
	struct dir tasks = { .path = arena_printf(a, "/proc/%d/task", pid) };
	auto_free char *name = NULL;
	auto_fd int fd = -1;
	names all = { 0 };
	struct err *err = path_open(tasks.path, O_RDONLY | O_DIRECTORY, &fd);
	char *found = NULL;

	tasks.fd = fd;
	if (!err)
		err = dir_list(a, &tasks, &all);
	err_free(err);			/* it has ended */
	err_free(path_read(arena_printf(a, "/proc/%d/comm", pid), &name, NULL));
	for (size_t i = 0; name && i < all.n && !found; i++) {
		const char *task = arena_printf(a, "%s/%s", tasks.path, all.v[i]);
		const char *state = restless_state(a, task);

		if (state)
			found = arena_printf(a, "%d (%.*s: %s)", pid, (int)strcspn(name, "\n"),
					     name, state);
	}
	return found;
}

/* "42 (…), 43 (…) and 7 more"; "" if there are none. */
static const char *restless_list(struct arena *a, const char *cgroup)
{
	const char *list = "";
	pid_list pids = { 0 };
	size_t n = 0;

	err_free(cgroup_pids(a, cgroup, &pids));
	for_each (pid, &pids) {
		const char *one = restless(a, *pid);

		if (one && n++ < NAMED_MAX)
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", one);
	}
	return n > NAMED_MAX ? arena_printf(a, "%s and %zu more", list, n - NAMED_MAX) : list;
}

/* ---- both ways ---- */

/* All or nothing: a container of which a part is stopped helps nobody. */
static struct err *freeze(struct arena *a, const struct dir *d)
{
	struct err *err = dir_write(d, "cgroup.freeze", "1");
	const char *list;

	if (!err)
		err = cgroup_event_await(d, "frozen 1", WAIT_MS);
	if (err_code(err) != ETIME)
		return err;
	err_free(err);
	list = restless_list(a, d->path);
	err = err_new(ETIME, "the container does not stand still within %d s%s%s", WAIT_MS / 1000,
		      *list ? ": the kernel cannot stop process " : "", list);
	err_free(dir_write(d, "cgroup.freeze", "0"));
	return err_set(err, ERR_HINT, "all of its processes run again");
}

static struct err *thaw(struct arena *a, const struct dir *d)
{
	struct err *err = dir_write(d, "cgroup.freeze", "0");
	const char *above = err ? NULL : cgroup_frozen_above(a, d->path);

	if (above)
		return err_set(err_new(EBUSY, "the container cannot run yet: cgroup %s above it is "
				       "frozen, too", above),
			       ERR_HINT, "it runs again as soon as that is thawed");
	return err ? err : cgroup_event_await(d, "frozen 0", WAIT_MS);
}

/* One that stands still because of a cgroup above may be paused for itself. */
static struct err *status_check(const struct record *r, bool pause)
{
	enum status status = record_status(r);

	if (!pause)
		return status == STATUS_PAUSED ? NULL : err_new(EINVAL,
			"container not paused: it is %s", status_names[status]);
	if (status == STATUS_RUNNING || status == STATUS_CREATED ||
	    (status == STATUS_PAUSED && !cgroup_switched_off(r->cgroup)))
		return NULL;
	return err_new(EINVAL, "container not running: it is %s", status_names[status]);
}

static struct err *pause_one(const struct hull *h, const char *id, bool pause)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_fd int fd = -1;
	struct record record = { 0 };
	struct dir d = { .fd = -1 };
	struct err *err = container_open(&a, h, id, true, &store, &record);

	if (!err)
		err = status_check(&record, pause);
	if (!err)
		err = cgroup_enter(&record, &d);
	fd = d.fd;
	if (err)
		return err;
	return pause ? freeze(&a, &d) : thaw(&a, &d);
}

struct err *hull_pause(const struct hull *h, const char *id)
{
	return verb_failed(pause_one(h, id, true), "pause", id);
}

struct err *hull_resume(const struct hull *h, const char *id)
{
	return verb_failed(pause_one(h, id, false), "resume", id);
}
