/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's group in resctrl, which divides caches and the bandwidth of
 * memory: https://docs.kernel.org/filesystems/resctrl.html
 */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hull/make.h"

/* An errno says little here; the kernel writes its reasons to a file. */
static struct err *reason_add(struct err *err, const struct dir *root)
{
	auto_free char *text = NULL;

	if (!err)
		return NULL;
	err_free(dir_read(root, "info/last_cmd_status", &text, NULL));
	if (!text || !*text || !strcmp(text, "ok\n"))
		return err;
	text[strcspn(text, "\n")] = 0;
	return err_add(err, "resctrl says \"%s\"", text);
}

/* 1 if the kernel does not say; see schemata_compare. */
static unsigned long bandwidth_step(const struct dir *root)
{
	auto_free char *text = NULL;
	unsigned long step;

	err_free(dir_read(root, "info/MB/bandwidth_gran", &text, NULL));
	step = text ? strtoul(text, NULL, 10) : 0;
	return step ? step : 1;
}

/* The record must not claim for us what was there before. */
static struct err *claim_drop(struct live *live, struct err *err)
{
	struct err *unsaved = record_save(live->store, live->record);

	if (!unsaved)
		return err;
	err_free(err);
	return unsaved;
}

/* Makes the group, unless it was there before. */
static struct err *group_make(const struct plan *plan, struct live *live, const struct dir *root)
{
	struct err *err;

	if (!live->record->rdt_made)
		return NULL;
	err = directory_make(root, plan->rdt.group, 0755);
	if (err_code(err) != EEXIST)
		return reason_add(err, root);
	err_free(err);
	live->record->rdt_made = false;
	return claim_drop(live, NULL);
}

static struct err *group_open(const struct plan *plan, const struct dir *root, struct dir *group)
{
	struct err *err = dir_enter(root, plan->rdt.group, O_RDONLY | O_DIRECTORY, 0, &group->fd);

	if (err_code(err) == ENOENT)
		err = err_set(err, ERR_HINT, "make the group, or give a schema to make it from");
	return err_at(err, plan->doc, plan->rdt.from, "closID");
}

/* config-linux.md, "closID": a group that others have made must already be like this. */
static struct err *group_compare(const struct plan *plan, const struct dir *root,
				 const struct dir *group)
{
	auto_free char *have = NULL;
	struct err *err = NULL;

	for_each (w, &plan->rdt.writes) {
		if (!w->compared)
			continue;
		if (!have)
			err = dir_read(group, "schemata", &have, NULL);
		if (!err)
			err = err_add(schemata_compare(have, w->line, bandwidth_step(root)),
				      "group %s is there already, and", group->path);
		if (err)
			return err_at(err, plan->doc, w->from, w->member);
	}
	return NULL;
}

struct err *schemata_write(const struct dir *group, const char *line, const char *root)
{
	auto_free char *text = NULL;
	auto_fd int fd = -1;
	struct err *err;

	if (asprintf(&text, "%s\n", line) < 0)
		abort();
	err = dir_write(group, "schemata", text);
	if (!err)
		return NULL;
	err_free(path_open(root, O_RDONLY | O_DIRECTORY, &fd));
	return reason_add(err, &(struct dir){ fd, root });
}

static struct err *lines_write(const struct plan *plan, const struct dir *group)
{
	for_each (w, &plan->rdt.writes) {
		struct err *err = schemata_write(group, w->line, plan->rdt.root);

		if (err)
			return err_at(err, plan->doc, w->from, w->member);
	}
	return NULL;
}

static struct err *monitor_make(const struct plan *plan, struct live *live, const struct dir *root,
				const struct dir *group)
{
	struct dir all = { .path = arena_printf(live->arena, "%s/mon_groups", group->path) };
	auto_fd int fd = -1;
	struct err *err;

	if (!plan->rdt.monitor)
		return NULL;
	err = dir_enter(group, "mon_groups", O_RDONLY | O_DIRECTORY, 0, &fd);
	all.fd = fd;
	if (err_code(err) == ENOENT)
		err = err_set(err, ERR_HINT, "this processor, or this kernel, does not monitor");
	if (!err)
		err = directory_make(&all, plan->rdt.monitor, 0755);
	if (err_code(err) == EEXIST) {
		live->record->rdt_monitor = NULL;
		err = claim_drop(live, err);
	}
	return err_at(reason_add(err, root), plan->doc, plan->rdt.from, "enableMonitoring");
}

struct err *rdt_make(const struct plan *plan, struct live *live)
{
	struct dir root = { .path = plan->rdt.root };
	struct dir group = { .path = live->record->rdt_group };
	auto_fd int root_fd = -1;
	auto_fd int group_fd = -1;
	struct err *err;

	if (!root.path)
		return NULL;
	err = path_open(root.path, O_RDONLY | O_DIRECTORY, &root_fd);
	root.fd = root_fd;
	if (!err)
		err = group_make(plan, live, &root);
	if (!err)
		err = group_open(plan, &root, &group);
	if (err)
		return err_at(err, plan->doc, plan->rdt.from, NULL);
	group_fd = group.fd;
	if (!live->record->rdt_made)
		err = group_compare(plan, &root, &group);
	if (!err)
		err = lines_write(plan, &group);
	return err ? err : monitor_make(plan, live, &root, &group);
}

static struct err *task_add(const char *group, const char *pid)
{
	struct dir d = { .path = group };
	auto_fd int fd = -1;
	struct err *err = path_open(group, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	return err ? err : dir_write(&d, "tasks", pid);
}

/* The group first: a monitoring group only takes what is in the group above it. */
struct err *rdt_join(const struct plan *plan, struct live *live)
{
	const struct record *r = live->record;
	char *pid;
	struct err *err;

	if (!r->rdt_group)
		return NULL;
	pid = arena_printf(live->arena, "%d\n", live->pid);
	err = task_add(r->rdt_group, pid);
	if (!err && r->rdt_monitor)
		err = task_add(r->rdt_monitor, pid);
	return err_at(err, plan->doc, plan->rdt.from, NULL);
}

/* config-linux.md: a group with a closID is not removed with the container. */
struct err *rdt_keep(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!plan->rdt.shared || !live->record->rdt_made)
		return NULL;
	live->record->rdt_made = false;
	err = record_save(live->store, live->record);
	live->record->rdt_made = err;
	return err;
}

static bool has_tasks(const char *group)
{
	auto_free char *path = NULL;
	auto_free char *text = NULL;

	if (asprintf(&path, "%s/tasks", group) < 0)
		abort();
	err_free(path_read(path, &text, NULL));
	return text && *text;
}

static struct err *group_remove(const char *path)
{
	auto_free char *parent = NULL;
	const char *name;
	auto_fd int fd = -1;
	struct err *err;

	path_split(path, &parent, &name);
	err = path_open(parent, O_RDONLY | O_DIRECTORY, &fd);
	if (!err)
		return directory_remove(&(struct dir){ fd, parent }, name);
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);		/* resctrl was unmounted, or the group above is gone */
	return NULL;
}

struct err *rdt_remove(const struct undo *undo)
{
	const struct record *r = undo->record;
	struct err *err = r->rdt_monitor ? group_remove(r->rdt_monitor) : NULL;

	if (err || !r->rdt_group || !r->rdt_made)
		return err;
	/* Who had our closID, too, may have come to it while we were failing. */
	if (!strcmp(r->phase, "creating") && has_tasks(r->rdt_group))
		return NULL;
	return group_remove(r->rdt_group);
}
