/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the container's cgroup: all in it is killed, then it is removed. */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hull/make.h"
#include "hull/sys.h"

enum { KILL_WAIT_MS = 10 * 1000 };

/* Waits until nothing lives in the cgroup or below it. */
static struct err *empty_await(const struct dir *d)
{
	struct err *err = cgroup_event_await(d, "populated 0", KILL_WAIT_MS);
	int code = err_code(err);

	if (code != ETIME && code != ENODEV)
		return err;
	err_free(err);
	if (code == ENODEV)
		return NULL;
	return err_new(ETIME, "%s still has processes %d s after they were killed", d->path,
		       KILL_WAIT_MS / 1000);
}

static struct err *cgroup_dir(const char *path, struct dir *d)
{
	d->path = path;
	return path_open(path, O_RDONLY | O_DIRECTORY, &d->fd);
}

struct err *cgroup_kill(const char *path)
{
	struct dir d;
	struct err *err = cgroup_dir(path, &d);

	if (err)
		return err;
	err = dir_write(&d, "cgroup.kill", "1");
	close(d.fd);
	return err;
}

/* Removes the cgroups below and the cgroup itself, the deepest first. */
static struct err *cgroup_rmdir(const char *path)
{
	auto_free char *parent = NULL;
	const char *name;
	struct dir d;
	struct err *err;

	path_split(path, &parent, &name);
	err = cgroup_dir(parent, &d);
	if (err)
		return err;
	err = dirs_remove(&d, name);
	close(d.fd);
	return err;
}

/* Empty for "/a". */
static char *parent_of(struct arena *a, const char *path)
{
	return arena_strndup(a, path, (size_t)(strrchr(path, '/') - path));
}

/* Those above it that were made for it, unless others have come to use them. */
static void parents_remove(const struct record *r)
{
	auto_arena struct arena a = { 0 };
	char *path = parent_of(&a, r->cgroup);

	for (uint32_t n = r->cgroup_parents; n && *path; n--) {
		char *above = parent_of(&a, path);
		struct dir d;
		struct err *err = cgroup_dir(*above ? above : "/", &d);

		if (!err) {
			err = dir_rmdir(&d, strrchr(path, '/') + 1);
			close(d.fd);
		}
		err_free(err);		/* EBUSY, ENOTEMPTY: others; ENOENT: they were faster */
		path = above;
	}
}

struct err *cgroup_remove(const struct undo *undo)
{
	const struct record *r = undo->record;
	struct dir d;
	struct err *err;

	if (!r->cgroup || r->cgroup_existed)
		return NULL;
	err = cgroup_dir(r->cgroup, &d);
	if (err && err_code(err) != ENOENT)
		return err;
	if (!err) {
		err = dir_write(&d, "cgroup.kill", "1");
		if (!err)
			err = empty_await(&d);
		close(d.fd);
		if (!err)
			err = cgroup_rmdir(r->cgroup);
	} else {
		err_free(err);
		err = NULL;
	}
	if (!err)
		parents_remove(r);
	return err;
}
