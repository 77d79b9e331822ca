/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup, by the files of cgroup2 (cgroup-v2.rst of the kernel). */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hull/sys.h"

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || strchr(" \n", at[-1])) && strchr(" \n", at[len]))
			return true;
	return false;
}

/*
 * Hands every controller that @d has on to the cgroups below it, where that
 * is missing. A controller that cannot be handed on (the cgroup is threaded,
 * or has processes of its own) is no error here: only a limit that needs it
 * is, and then its file is missing (see limit_error).
 */
struct err *controllers_enable(struct arena *a, const struct dir *d)
{
	auto_free char *have = NULL;
	auto_free char *given = NULL;
	struct err *err = dir_read(d, "cgroup.controllers", &have, NULL);

	if (!err)
		err = dir_read(d, "cgroup.subtree_control", &given, NULL);
	if (err)
		return err;
	for (char *save = NULL, *c = strtok_r(have, " \n", &save); c; c = strtok_r(NULL, " \n", &save))
		if (!has_word(given, c))
			err_free(dir_write(d, "cgroup.subtree_control", arena_printf(a, "+%s", c)));
	return NULL;
}

struct err *ancestors_enable(struct arena *a, const struct dir *root, const char *path)
{
	struct err *err = controllers_enable(a, root);

	for (const char *slash = strchr(path + 1, '/'); slash && !err; slash = strchr(slash + 1, '/')) {
		char *rel = arena_strndup(a, path + 1, (size_t)(slash - path - 1));
		struct dir d = { .path = arena_printf(a, "%s/%s", root->path, rel) };

		err = dir_enter(root, rel, O_RDONLY | O_DIRECTORY, 0, &d.fd);
		if (!err)
			err = controllers_enable(a, &d);
		close_p(err ? &(int){ -1 } : &d.fd);
	}
	return err;
}

/* A cgroup that was there before us must be idle: we could not tell its processes from ours. */
static struct err *existing_check(const struct dir *d)
{
	auto_free char *procs = NULL;
	auto_free char *events = NULL;
	struct err *err = dir_read(d, "cgroup.procs", &procs, NULL);
	size_t n = 0;

	if (!err)
		err = dir_read(d, "cgroup.events", &events, NULL);
	if (err)
		return err;
	for (const char *c = procs; *c; c++)
		n += *c == '\n';
	if (n)
		return err_new(EBUSY, "container's cgroup is not empty: %zu process(es) found", n);
	if (strstr(events, "frozen 1"))
		return err_new(EBUSY, "container's cgroup unexpectedly frozen");
	return NULL;
}

static struct err *cgroup_open(const struct plan *plan, struct live *live)
{
	struct dir root = { .path = live->host->cgroup_root };
	struct dir own = { .path = live->record->cgroup, .fd = -1 };
	const char *rel = plan->cgroup.path + 1;
	auto_fd int root_fd = -1;
	auto_fd int made = -1;
	struct err *err = path_open(root.path, O_RDONLY | O_DIRECTORY, &root_fd);

	root.fd = root_fd;
	if (!err)
		err = dir_make(&root, rel, 0755, &made);
	if (!err)
		err = ancestors_enable(live->arena, &root, plan->cgroup.path);
	if (!err)
		err = dir_enter(&root, rel, O_RDONLY | O_DIRECTORY, 0, &live->cgroup);
	own.fd = live->cgroup;
	if (!err && live->record->cgroup_existed)
		err = existing_check(&own);
	return err;
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
	err = err_add(err, "unable to apply cgroup configuration");
	if (is_refusal(err_code(err)))
		err = err_set(err, ERR_HINT, "ordinary users need a delegated cgroup: see "
			      "\"Delegation\" in systemd.resource-control(5)");
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

struct err *cgroup_of(const struct live *live, pid_t pid, char **cgroup)
{
	char path[32];
	auto_free char *text = NULL;
	const char *line;
	struct err *err;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	err = path_read(path, &text, NULL);
	line = err ? NULL : strstr(text, "0::/");
	if (err || !line)
		return err ? err : err_new(ENOENT, "%s names no cgroup of version 2", path);
	line += strlen("0::");
	*cgroup = arena_printf(live->arena, "%s%.*s", live->host->cgroup_root,
			       (int)strcspn(line, "\n"), line);
	return NULL;
}

/*
 * The container may have moved its process to a cgroup below its own, as
 * systemd does; then its own, with controllers enabled, takes no process.
 */
struct err *cgroup_of_init(struct live *live)
{
	char *path;
	struct err *err = cgroup_of(live, live->record->pid, &path);

	if (err)
		return err;
	close_p(&(int){ take_fd(&live->cgroup) });
	return path_open(path, O_RDONLY | O_DIRECTORY, &live->cgroup);
}
