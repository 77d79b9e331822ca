/* SPDX-License-Identifier: Apache-2.0 */
/* Who lives in a cgroup, and which numbers these processes have inside. */
#include "hull/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 33 }; /* MAX_PID_NS_LEVEL of the kernel, and the first one */

/* Where the processes that are found go. */
struct hunt {
	struct arena *a;
	pid_list *list;
};

/* Those in @d/@name itself. */
static struct err *procs_read(const struct dir *d, const char *name, void *data)
{
	const struct hunt *hunt = data;
	auto_arena struct arena a = { 0 };
	auto_free char *text = NULL;
	struct err *err = dir_read(d, arena_printf(&a, "%s/cgroup.procs", name), &text, NULL);

	/* Threaded: its processes stand in the one above; or gone meanwhile. */
	if (err_code(err) == EOPNOTSUPP || err_code(err) == ENOENT || err_code(err) == ENODEV) {
		err_free(err);
		return NULL;
	}
	for (char *at = text; !err && *at; at += strcspn(at, "\n"), at += *at == '\n') {
		pid_t pid = (pid_t)strtol(at, NULL, 10);

		if (pid > 0) /* 0: of a pid namespace that we do not see */
			*list_add(hunt->a, hunt->list) = pid;
	}
	return err;
}

struct err *cgroup_pids(struct arena *a, const char *cgroup, pid_list *list)
{
	struct hunt hunt = { a, list };
	auto_fd int fd = -1;
	struct dir d = { .path = cgroup };
	struct err *err = path_open(cgroup, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	if (!err)
		err = procs_read(&d, ".", &hunt);
	if (!err)
		err = cgroup_visit(&d, procs_read, &hunt);
	if (err_code(err) == ENOENT || err_code(err) == ENODEV) {
		err_free(err);
		return NULL;
	}
	return err;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") == len && !strncmp(text, line, len))
			return true;
	return false;
}

static bool file_says(const struct dir *cgroup, const char *file, const char *line)
{
	auto_free char *path = dir_name(cgroup, file);
	auto_free char *text = NULL;
	auto_err struct err *err = cgroup->fd >= 0 ? dir_read_at_once(cgroup, file, &text, NULL)
						   : path_read_at_once(path, &text, NULL);

	return !err && has_line(text, line);
}

struct err *cgroup_of(struct arena *a, const char *root, pid_t pid, char **cgroup)
{
	char path[32];
	auto_free char *text = NULL;
	const char *line;
	struct err *err;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	err = path_read_at_once(path, &text, NULL);
	line = err ? NULL : strstr(text, "0::/");
	if (err || !line)
		return err ? err : err_new(ENOENT, "%s names no cgroup of version 2", path);
	line += strlen("0::");
	*cgroup = arena_printf(a, "%s%.*s", root, (int)strcspn(line, "\n"), line);
	return NULL;
}

bool cgroup_switched_off(const char *cgroup)
{
	return file_says(&(struct dir){ -1, cgroup }, "cgroup.freeze", "1");
}

bool cgroup_events_read(const struct dir *above, const char *name, struct cgroup_events *events)
{
	auto_free char *file = dir_name(&(struct dir){ -1, name }, "cgroup.events");
	auto_free char *text = NULL;
	auto_err struct err *err = dir_read_at_once(above, file, &text, NULL);

	if (err)
		return false;
	*events =
		(struct cgroup_events){ has_line(text, "populated 1"), has_line(text, "frozen 1") };
	return true;
}

const char *cgroup_frozen_above(struct arena *a, const char *cgroup)
{
	const char *slash;

	while ((slash = strrchr(cgroup, '/')) && slash > cgroup) {
		cgroup = arena_strndup(a, cgroup, (size_t)(slash - cgroup));
		if (cgroup_switched_off(cgroup))
			return cgroup;
	}
	return NULL;
}

bool cgroup_frozen(const struct dir *cgroup)
{
	return file_says(cgroup, "cgroup.events", "frozen 1") ||
	       file_says(cgroup, "cgroup.freeze", "1");
}

struct err *cgroup_event_await(const struct dir *cgroup, const char *line, int timeout_ms)
{
	uint64_t end = after_ms((unsigned)timeout_ms);
	auto_fd int fd = -1;
	struct err *err = dir_enter(cgroup, "cgroup.events", O_RDONLY, 0, &fd);

	while (!err) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		char text[128];
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return err_sys("read", "cgroup.events");
		text[n] = 0;
		if (has_line(text, line))
			return NULL;
		err = poll_until(&p, 1, end);
	}
	if (err_code(err) != ETIME)
		return err;
	err_free(err);
	return err_new(ETIME, "%s has not become \"%s\" within %d s", cgroup->path, line,
		       timeout_ms / 1000);
}

/* The numbers of a process, from our namespace inwards: proc_pid_status(5), NSpid. */
static size_t ns_pids(pid_t pid, pid_t *list)
{
	char path[32];
	auto_free char *text = NULL;
	auto_err struct err *err = NULL;
	char *at;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	err = path_read(path, &text, NULL);
	at = err ? NULL : strstr(text, "\nNSpid:");
	if (!at)
		return 0;
	at += strlen("\nNSpid:");
	while (n < LEVELS && isblank((unsigned char)*at))
		list[n++] = (pid_t)strtol(at, &at, 10);
	return n;
}

size_t pid_levels(pid_t pid)
{
	pid_t list[LEVELS];

	return ns_pids(pid, list);
}

pid_t pid_inside(pid_t pid, size_t level)
{
	pid_t list[LEVELS];
	size_t n = ns_pids(pid, list);

	return level > 0 && n >= level ? list[level - 1] : 0;
}
