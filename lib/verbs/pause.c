/* SPDX-License-Identifier: Apache-2.0 */
/* pause and resume: the freezer of the container's cgroup (cgroup-v2.rst, cgroup.freeze). */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>

#include "hull/sys.h"

enum { WAIT_MS = 10 * 1000 };

static struct err *cgroup_enter(const struct record *r, struct dir *d)
{
	d->path = r->cgroup;
	if (!r->cgroup)
		return err_new(ENOENT, "the container has no cgroup, so it cannot be paused");
	return path_open(r->cgroup, O_RDONLY | O_DIRECTORY, &d->fd);
}

/* All or nothing: a container of which a part is stopped helps nobody. */
static struct err *freeze(const struct dir *d)
{
	struct err *err = dir_write(d, "cgroup.freeze", "1");

	if (!err)
		err = cgroup_event_await(d, "frozen 1", WAIT_MS);
	if (err_code(err) != ETIME)
		return err;
	err_free(dir_write(d, "cgroup.freeze", "0"));
	return err_set(err, ERR_HINT,
		       "a process of it cannot be stopped now; all of them run again");
}

static struct err *thaw(const struct dir *d)
{
	struct err *err = dir_write(d, "cgroup.freeze", "0");

	if (!err)
		err = cgroup_event_await(d, "frozen 0", WAIT_MS);
	if (err_code(err) == ETIME)
		err = err_set(err, ERR_HINT, "a cgroup above it is frozen");
	return err;
}

static struct err *pause_one(const struct hull *h, const char *id, bool pause)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_fd int fd = -1;
	struct record record = { 0 };
	struct dir d = { .fd = -1 };
	struct err *err = container_open(&a, h, id, true, &store, &record);
	enum status status;

	if (err)
		return err;
	status = record_status(&record);
	if (pause && status != STATUS_RUNNING && status != STATUS_CREATED)
		return err_new(EINVAL, "container not running: it is %s", status_names[status]);
	if (!pause && status != STATUS_PAUSED)
		return err_new(EINVAL, "container not paused: it is %s", status_names[status]);
	err = cgroup_enter(&record, &d);
	fd = d.fd;
	if (err)
		return err;
	return pause ? freeze(&d) : thaw(&d);
}

struct err *hull_pause(const struct hull *h, const char *id)
{
	return verb_failed(pause_one(h, id, true), "pause", id);
}

struct err *hull_resume(const struct hull *h, const char *id)
{
	return verb_failed(pause_one(h, id, false), "resume", id);
}
