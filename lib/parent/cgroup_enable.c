/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing controllers down to a cgroup, level by level, and saying why one
 * did not get there: cgroup-v2.rst, "Controlling Controllers".
 */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hull/sys.h"

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || strchr(" \n", at[-1])) && strchr(" \n", at[len]))
			return true;
	return false;
}

/* A file's words, in one line; "" if it cannot be read. */
static char *words_read(struct arena *a, const struct dir *d, const char *file)
{
	auto_free char *text = NULL;

	err_free(dir_read_at_once(d, file, &text, NULL));
	return arena_strndup(a, text ? text : "", text ? strcspn(text, "\n") : 0);
}

/* Whether processes are in the cgroup itself: its first bytes tell. */
static bool is_inhabited(const struct dir *d)
{
	auto_fd int fd = -1;
	char byte;

	err_free(dir_enter(d, "cgroup.procs", O_RDONLY, 0, &fd));
	return fd >= 0 && read(fd, &byte, 1) > 0;
}

/* Only the root of all has no type; that of a cgroup namespace has one. */
static bool is_root(const struct dir *d)
{
	auto_fd int fd = -1;
	auto_err struct err *err = dir_enter(d, "cgroup.type", O_PATH, 0, &fd);

	return err_code(err) == ENOENT;
}

/* What @have names and @given does not, as "+cpu +io". */
static char *missing_words(struct arena *a, const char *have, const char *given)
{
	char *words = arena_strdup(a, have), *missing = arena_strdup(a, "");

	for (char *save = NULL, *c = strtok_r(words, " ", &save); c; c = strtok_r(NULL, " ", &save))
		if (!has_word(given, c))
			missing = arena_printf(a, "%s%s+%s", missing, *missing ? " " : "", c);
	return missing;
}

/*
 * Hands on to the cgroups below @d what @have names and they lack; *given is
 * what they then have. All at once, or one by one where one of them cannot
 * be: that is an error only if a limit needs it (controller_missing).
 *
 * A cgroup with processes of its own is left alone: it could hand on cpu,
 * cpuset and pids, but would become "domain threaded" by that, and no cgroup
 * below it could have processes any more.
 */
static void level_enable(struct arena *a, const struct dir *d, const char *have, char **given)
{
	char *missing, *save = NULL;
	struct err *err;

	*given = words_read(a, d, "cgroup.subtree_control");
	missing = missing_words(a, have, *given);
	if (!*missing || (!is_root(d) && is_inhabited(d)))
		return;
	err = dir_write(d, "cgroup.subtree_control", missing);
	if (!err) {
		*given = arena_strdup(a, have);
		return;
	}
	err_free(err);
	for (char *c = strtok_r(missing, " ", &save); c; c = strtok_r(NULL, " ", &save))
		err_free(dir_write(d, "cgroup.subtree_control", c));
	*given = words_read(a, d, "cgroup.subtree_control");
}

/* Those above @path, which hand controllers on: "." and "a" for "/a/b". */
static names levels_above(struct arena *a, const char *path)
{
	names levels = { 0 };

	*list_add(a, &levels) = arena_strdup(a, ".");
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		*list_add(a, &levels) = arena_strndup(a, path + 1, (size_t)(slash - path - 1));
	return levels;
}

static struct err *level_open(struct arena *a, const struct dir *root, const char *level,
			      struct dir *d)
{
	*d = (struct dir){ .fd = -1, .path = root->path };
	if (strcmp(level, "."))
		d->path = arena_printf(a, "%s/%s", root->path, level);
	return dir_enter(root, level, O_RDONLY | O_DIRECTORY, 0, &d->fd);
}

struct err *controllers_enable(struct arena *a, const struct dir *d)
{
	char *have = words_read(a, d, "cgroup.controllers");

	level_enable(a, d, have, &have);
	return NULL;
}

struct err *ancestors_enable(struct arena *a, const struct dir *root, const char *path)
{
	char *have = words_read(a, root, "cgroup.controllers");
	names levels = levels_above(a, path);

	for_each (level, &levels) {
		struct dir d;
		struct err *err = level_open(a, root, *level, &d);

		if (err)
			return err;
		level_enable(a, &d, have, &have);
		close(d.fd);
	}
	return NULL;
}

/* ---- why it is missing ---- */

/* Not even the root has it. */
static struct err *absent_error(const struct live *live, const char *name, const char *have)
{
	const char *v1 = live->host->cgroup_v1;
	struct err *err = err_new(ENOENT, "controller %s is not available at %s (which has: %s)",
				  name, live->host->cgroup_root, *have ? have : "none");

	if (!v1)
		return err;
	return err_set(err, ERR_HINT,
		       "on this host these belong to cgroup v1: %s; boot with "
		       "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all",
		       v1);
}

static struct err *inhabited_error(const char *name, const struct dir *d)
{
	struct err *err = err_new(EBUSY,
				  "controller %s is not handed on by cgroup %s, which has "
				  "processes of its own",
				  name, d->path);

	return err_set(err, ERR_HINT,
		       "move them to a cgroup below it, or let cgroupsPath name "
		       "another place: cgroups(7), \"no internal processes\" rule");
}

/* @code: why it cannot be switched on. */
static struct err *refusal_error(const char *name, const struct dir *d, int code)
{
	struct err *err = err_new(code, "controller %s is not handed on by cgroup %s: %s", name,
				  d->path, errno_words(code));

	if (code == EACCES || code == EPERM || code == EROFS)
		return delegation_hint(err);
	if (code == EOPNOTSUPP)
		return err_set(err, ERR_HINT, "it is threaded: cgroups(7), \"Thread mode\"");
	return err;
}

/* NULL if it does hand the controller on. */
static struct err *level_missing(struct arena *a, const char *name, const struct dir *d)
{
	struct err *err;
	int code;

	if (has_word(words_read(a, d, "cgroup.subtree_control"), name))
		return NULL;
	if (!is_root(d) && is_inhabited(d))
		return inhabited_error(name, d);
	err = dir_write(d, "cgroup.subtree_control", arena_printf(a, "+%s", name));
	code = err_code(err);
	err_free(err);
	return code ? refusal_error(name, d, code) : NULL;
}

struct err *controller_missing(const struct live *live, const char *path, const char *name)
{
	struct arena *a = live->arena;
	struct dir root = { .path = live->host->cgroup_root };
	auto_fd int fd = -1;
	struct err *err = path_open(root.path, O_RDONLY | O_DIRECTORY, &fd);
	names levels = levels_above(a, path);
	const char *have;

	root.fd = fd;
	if (err)
		return err;
	have = words_read(a, &root, "cgroup.controllers");
	if (!has_word(have, name))
		return absent_error(live, name, have);
	for_each (level, &levels) {
		struct dir d;

		err = level_open(a, &root, *level, &d);
		if (!err) {
			err = level_missing(a, name, &d);
			close(d.fd);
		}
		if (err)
			return err;
	}
	return NULL;
}

struct err *delegation_hint(struct err *err)
{
	return err_set(err, ERR_HINT,
		       "an ordinary user needs cgroups that were delegated: start "
		       "hull by `systemd-run --user --scope -p Delegate=yes`; controllers that "
		       "are missing there: Delegate=cpu cpuset io memory pids in section [Service] "
		       "of /etc/systemd/system/user@.service.d/delegate.conf, then log in anew "
		       "(systemd.resource-control(5))");
}
