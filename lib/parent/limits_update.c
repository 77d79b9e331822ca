/* SPDX-License-Identifier: Apache-2.0 */
/* update: the limits of a cgroup, changed in an order in which the kernel takes them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "update.h"

#define text(u, ...) arena_printf((u)->live->arena, __VA_ARGS__)

/*
 * Two limits that depend on each other: where the first one of a row is, if
 * it is raised, relative to the second; if it is lowered, it is at the other side.
 */
static const struct {
	const char *file, *other;
	bool raised_first;
} pairs[] = {
	/* What memory has to give up goes to swap, if it may. */
	{ "memory.swap.max", "memory.max", true },
	/* cpu_cfs_bandwidth: a burst above the quota is EINVAL, from either side. */
	{ "cpu.max.burst", "cpu.max", false },
};

static struct kept_limit *limit_find(struct update *u, const char *file)
{
	for_each (limit, &u->limits)
		if (!strcmp(limit->w->file, file))
			return limit;
	return NULL;
}

static uint64_t number(const char *value)
{
	return strncmp(value, "max", 3) ? strtoull(value, NULL, 10) : UINT64_MAX;
}

static void limits_order(struct update *u)
{
	for (size_t i = 0; i < countof(pairs); i++) {
		struct kept_limit *limit = limit_find(u, pairs[i].file);
		struct kept_limit *other = limit_find(u, pairs[i].other);
		const char *old = limit ? limit->files[0].text : NULL;
		bool raised, first;

		if (!old || !other)
			continue;
		raised = number(limit->w->value) >= number(old);
		first = raised == pairs[i].raised_first;
		if (first != (limit < other)) {
			struct kept_limit moved = *limit;

			*limit = *other;
			*other = moved;
		}
	}
}

/* Some files can only be written, and which of two there is the kernel knows. */
static void file_keep(struct update *u, struct kept_file *file, const char *name, const char *value)
{
	auto_free char *text = NULL;

	*file = (struct kept_file){ .name = name, .value = value };
	if (!name)
		return;
	err_free(dir_read(&u->cgroup, name, &text, NULL));
	file->text = text ? arena_strdup(u->live->arena, text) : NULL;
}

static struct err *limit_keep(struct update *u, const struct cgroup_write *w)
{
	struct kept_limit *limit;
	struct err *err = limit_use_check(&u->cgroup, w);

	if (err)
		return err;
	limit = list_add(u->live->arena, &u->limits);
	limit->w = w;
	file_keep(u, &limit->files[0], w->file, w->value);
	file_keep(u, &limit->files[1], w->other_file, w->other_value);
	return NULL;
}

static bool has_file(const struct update *u, const char *file)
{
	auto_fd int fd = -1;
	auto_err struct err *err = dir_enter(&u->cgroup, file, O_PATH, 0, &fd);

	return !err;
}

/* systemd hands on only the controllers that are needed for what it knows of. */
static struct err *controllers_get(struct update *u)
{
	struct dir root = { .path = u->live->host->cgroup_root };
	const struct cgroup_plan *plan = &u->plan->limits.cgroup;
	auto_fd int fd = -1;
	bool all = true;
	struct err *err;

	for_each (w, &plan->writes)
		all &= has_file(u, w->file) || (w->other_file && has_file(u, w->other_file));
	if (all || !root.path || strncmp(root.path, u->cgroup.path, strlen(root.path)))
		return NULL;
	err = path_open(root.path, O_RDONLY | O_DIRECTORY, &fd);
	root.fd = fd;
	return err ? err : ancestors_enable(u->live->arena, &root, plan->path);
}

struct err *limits_save(struct update *u)
{
	const struct plan *plan = &u->plan->limits;

	struct err *err = controllers_get(u);

	if (err)
		return err;
	for_each (w, &plan->cgroup.writes) {
		err = limit_keep(u, w);
		if (err)
			return err_at(err, plan->doc, w->from, w->member);
	}
	limits_order(u);
	return NULL;
}

struct err *limits_change(struct update *u)
{
	const struct plan *plan = &u->plan->limits;

	for_each (limit, &u->limits) {
		const struct cgroup_write *w = limit->w;
		struct err *err;

		limit->tried = true;
		err = limit_write(u->live, &u->cgroup, w);
		if (err)
			return err_at(err_add(err, "set %s to %s", w->file, w->value), plan->doc,
				      w->from, w->member);
		limit->done = true;
	}
	return NULL;
}

static struct err *file_restore(struct update *u, const struct kept_file *file)
{
	auto_free char *now = NULL;
	const char *old;
	struct err *err;

	if (!file->text)
		return NULL;
	err = dir_read(&u->cgroup, file->name, &now, NULL);
	if (err || !strcmp(now, file->text))
		return err;
	old = limit_old(u->live->arena, file->name, file->value, file->text);
	if (!old)
		return err_new(ENOTSUP, "%s: which of its lines was changed is not known",
			       file->name);
	return dir_write(&u->cgroup, file->name, old);
}

static struct err *limit_restore(struct update *u, const struct kept_limit *limit)
{
	const char *name = limit->files[0].name;
	struct err *err = file_restore(u, &limit->files[0]);

	err = err_both(err, file_restore(u, &limit->files[1]));
	/* A file that can only be written, like memory.reclaim: it is done. */
	if (limit->done && !limit->files[0].text && !limit->files[1].text && has_file(u, name))
		err = err_both(err, err_new(ENODATA, "%s: what it was is not known", name));
	return err;
}

struct err *limits_restore(struct update *u)
{
	struct err *err = NULL;

	for (size_t i = u->limits.n; i-- > 0;)
		if (u->limits.v[i].tried)
			err = err_both(err, limit_restore(u, &u->limits.v[i]));
	return err;
}
