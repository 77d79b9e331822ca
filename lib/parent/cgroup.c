/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup, by the files of cgroup2 (cgroup-v2.rst of the kernel). */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hull/make.h"
#include "hull/sys.h"

enum { ROUNDS = 16 }; /* of making it while others remove what is above it */

static bool is_gone(int code)
{
	return code == ENOENT || code == ENODEV;
}

/* The nearest one that exists: the cgroup itself, or what is above it. */
static struct err *nearest_open(struct arena *a, const struct dir *root, const char *path,
				bool itself, struct dir *d)
{
	char *rel = arena_strdup(a, path + 1);
	struct err *err = NULL;

	*d = (struct dir){ .path = root->path, .fd = -1 };
	do {
		char *slash = strrchr(rel, '/');

		if (err || !itself)
			*(slash ? slash : rel) = 0;
		err_free(err);
		if (*rel)
			d->path = arena_printf(a, "%s/%s", root->path, rel);
		err = dir_enter(root, *rel ? rel : ".", O_RDONLY | O_DIRECTORY, 0, &d->fd);
	} while (is_gone(err_code(err)) && *rel);
	return err;
}

static struct err *threaded_error(const struct dir *d, const char *type)
{
	struct err *err = err_new(EOPNOTSUPP,
				  "cgroup %s is %.*s: it has threads, and there can be "
				  "no cgroups of processes in it",
				  d->path, (int)strcspn(type, "\n"), type);

	return err_set(err, ERR_HINT,
		       "let cgroupsPath name a place that is not threaded: "
		       "cgroups(7), \"Thread mode\"");
}

/*
 * cgroup-v2.rst, "Threads": below a cgroup that is not of type "domain" a new
 * one is "domain invalid". "domain threaded" may have processes itself. The
 * root of all has no such file, and may be above anything.
 */
static struct err *type_check(const struct dir *d, bool itself)
{
	auto_free char *type = NULL;
	struct err *err = dir_read_at_once(d, "cgroup.type", &type, NULL);

	if (err_code(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (err || !strcmp(type, "domain\n") || (itself && !strcmp(type, "domain threaded\n")))
		return err;
	return threaded_error(d, type);
}

/* Nothing would ever run in it, and `create` would wait for ever. */
static struct err *thawed_check(const struct dir *d, bool itself)
{
	auto_free char *events = NULL;
	struct err *err = dir_read_at_once(d, "cgroup.events", &events, NULL);

	if (err_code(err) == ENOENT) { /* the root of all is never frozen */
		err_free(err);
		return NULL;
	}
	if (err || !strstr(events, "frozen 1"))
		return err;
	err = itself ? err_new(EBUSY, "container's cgroup unexpectedly frozen")
		     : err_new(EBUSY, "cgroup %s is frozen, and so would be the container",
			       d->path);
	return err_set(err, ERR_HINT, "it, or a cgroup above it, has 1 in cgroup.freeze");
}

/*
 * One that was there before us must be idle, so that what is in it later is
 * the container's; and it must be able to take a process.
 */
static struct err *idle_check(struct arena *a, const struct dir *d)
{
	auto_free char *given = NULL;
	pid_list pids = { 0 };
	struct err *err = cgroup_pids(a, d->path, &pids);

	if (!err && pids.n)
		return err_new(EBUSY, "container's cgroup is not empty: %zu process(es) found",
			       pids.n);
	if (!err)
		err = dir_read_at_once(d, "cgroup.subtree_control", &given, NULL);
	if (err || *given == '\n' || !*given)
		return err;
	err = err_new(EBUSY,
		      "cgroup %s hands controllers on to those below it (%.*s), so there can "
		      "be no processes in it",
		      d->path, (int)strcspn(given, "\n"), given);
	return err_set(err, ERR_HINT,
		       "let cgroupsPath name one below it: cgroups(7), \"no internal "
		       "processes\" rule");
}

/* Looks before anything is made. From here on one that existed is the container's. */
static struct err *place_check(const struct plan *plan, struct live *live, const struct dir *root)
{
	struct record *r = live->record;
	bool itself = r->cgroup_existed;
	struct dir d;
	struct err *err = nearest_open(live->arena, root, plan->cgroup.path, itself, &d);

	if (err)
		return err;
	err = type_check(&d, itself);
	if (!err)
		err = thawed_check(&d, itself);
	if (!err && itself)
		err = idle_check(live->arena, &d);
	close_p(&d.fd);
	if (err || !itself)
		return err;
	r->cgroup_idle = true;
	return record_save(live->store, r);
}

/*
 * One that was not there, and what is missing above it. Somebody else may be
 * faster: then it is theirs.
 */
static struct err *own_make(const struct plan *plan, struct live *live, const struct dir *root)
{
	auto_free char *above = NULL;
	const char *name;
	struct dir d = { .path = root->path, .fd = -1 };
	struct err *err;

	path_split(plan->cgroup.path + 1, &above, &name);
	err = dir_make(root, above, 0755, &d.fd);
	if (!err)
		err = ancestors_enable(live->arena, root, plan->cgroup.path);
	if (!err)
		err = directory_make(&d, name, 0755);
	close_p(&d.fd);
	if (err_code(err) == EEXIST)
		live->record->cgroup = NULL;
	return err;
}

static struct err *place_open(const struct plan *plan, struct live *live, const struct dir *root)
{
	struct err *err = NULL;

	if (live->record->cgroup_existed) {
		err = ancestors_enable(live->arena, root, plan->cgroup.path);
	} else {
		/* Another container may go just now, and take what is above it along. */
		for (int round = 0; round < ROUNDS && (!round || is_gone(err_code(err))); round++) {
			err_free(err);
			err = own_make(plan, live, root);
		}
		if (!err)
			cgroup_parents_mark(live->record);
	}
	if (err)
		return err;
	return dir_enter(root, plan->cgroup.path + 1, O_RDONLY | O_DIRECTORY, 0, &live->cgroup);
}

struct err *cgroup_know(struct live *live)
{
	struct stat st;

	if (fstat(live->cgroup, &st) < 0)
		return err_sys("fstat", live->record->cgroup);
	live->record->cgroup_id = st.st_ino;
	return NULL;
}

static struct err *cgroup_open(const struct plan *plan, struct live *live)
{
	struct dir root = { .path = live->host->cgroup_root };
	auto_fd int fd = -1;
	struct err *err = path_open(root.path, O_RDONLY | O_DIRECTORY, &fd);

	root.fd = fd;
	if (!err)
		err = place_check(plan, live, &root);
	if (!err)
		err = place_open(plan, live, &root);
	return err ? err : cgroup_know(live);
}

static bool is_refusal(int code)
{
	return code == EACCES || code == EPERM || code == EROFS;
}

struct err *cgroup_make(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!plan->cgroup.path || plan->cgroup.unit.name)
		return NULL;
	err = cgroup_open(plan, live);
	if (is_refusal(err_code(err)) && !plan->cgroup.required) {
		/* An ordinary user without delegation, and nothing to enforce: stay where we are. */
		err_free(err);
		live->record->cgroup = NULL;
		return record_save(live->store, live->record);
	}
	if (is_refusal(err_code(err)))
		err = delegation_hint(err);
	if (err_code(err) == EAGAIN)
		err = err_set(err, ERR_HINT,
			      "cgroup.max.descendants or cgroup.max.depth of a cgroup "
			      "above is reached");
	err = err_add(err, "unable to apply cgroup configuration");
	return err_at(err, plan->doc, plan->spec->linux, "cgroupsPath");
}

const char *cgroup_path(struct arena *a, const struct record *r)
{
	return r->cgroup_sub ? arena_printf(a, "%s/%s", r->cgroup, r->cgroup_sub) : r->cgroup;
}

/* exec: where the container's process was put, or a cgroup below that, which --cgroup names. */
struct err *cgroup_find(const struct plan *plan, struct live *live)
{
	struct dir d = { .path = cgroup_path(live->arena, live->record) };
	auto_fd int fd = -1;
	struct err *err;

	if (!d.path)
		return NULL;
	err = path_open(d.path, O_RDONLY | O_DIRECTORY, &fd);
	d.fd = fd;
	if (err_code(err) == ENOENT) {		/* `delete` is faster than we are */
		err_free(err);
		return err_new(ESRCH, "container not running: its cgroup is gone");
	}
	if (!err)
		err = dir_enter(&d, plan->cgroup.path ? plan->cgroup.path : ".",
				O_RDONLY | O_DIRECTORY, 0, &live->cgroup);
	return err;
}

/*
 * What is below the container's cgroup, in a path as /proc/PID/cgroup has it.
 * That begins where our cgroup namespace does, which need not be where the
 * hierarchy is mounted; so the container's own path is looked for in it.
 * NULL: it is somewhere else.
 */
static const char *path_below(const char *path, const char *own)
{
	size_t len = strlen(own);

	for (const char *at = path; (at = strstr(at, own)); at++)
		if (at[len] == '/')
			return at + len + 1;
	return NULL;
}

/*
 * The container may have moved its process to a cgroup below its own, as
 * systemd does; then its own, with controllers enabled, takes no process.
 */
struct err *cgroup_of_init(struct live *live)
{
	size_t root = strlen(live->host->cgroup_root);
	struct dir d = { live->cgroup, cgroup_path(live->arena, live->record) };
	const char *below;
	char *path;
	int fd;
	struct err *err = cgroup_of(live->arena, live->host->cgroup_root, live->record->pid, &path);

	if (err)
		return err;
	below = path_below(path + root, d.path + root);
	if (!below)
		return err_new(EBUSY,
			       "cgroup %s takes no processes, and the container's is not "
			       "below it but in %s",
			       d.path, path + root);
	err = dir_enter(&d, below, O_RDONLY | O_DIRECTORY, 0, &fd);
	if (err)
		return err;
	close(live->cgroup);
	live->cgroup = fd;
	return NULL;
}
