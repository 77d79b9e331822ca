/* SPDX-License-Identifier: Apache-2.0 */
/* Who lives in a cgroup, and which numbers these processes have inside. */
#include "hull/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 33 }; /* MAX_PID_NS_LEVEL of the kernel, and the first one */

static struct err *dir_pids(struct arena *a, const struct dir *d, pid_list *list);

static struct err *below_pids(struct arena *a, const struct dir *d, pid_list *list)
{
	names all = { 0 };
	struct err *err = dir_list(a, d, &all);

	for (size_t i = 0; i < all.n && !err; i++) {
		struct dir sub = { .path = arena_printf(a, "%s/%s", d->path, all.v[i]) };
		auto_fd int fd = -1;

		err = dir_enter(d, all.v[i], O_RDONLY | O_DIRECTORY, 0, &fd);
		sub.fd = fd;
		if (!err)
			err = dir_pids(a, &sub, list);
		/* A file; or a cgroup that was removed meanwhile. */
		if (err_code(err) == ENOTDIR || err_code(err) == ENOENT ||
		    err_code(err) == ENODEV) {
			err_free(err);
			err = NULL;
		}
	}
	return err;
}

static struct err *dir_pids(struct arena *a, const struct dir *d, pid_list *list)
{
	auto_free char *text = NULL;
	struct err *err = dir_read(d, "cgroup.procs", &text, NULL);

	if (err_code(err) == EOPNOTSUPP) { /* threaded: its processes stand in the one above */
		err_free(err);
		return below_pids(a, d, list);
	}
	for (char *at = text; !err && *at; at += strcspn(at, "\n"), at += *at == '\n') {
		pid_t pid = (pid_t)strtol(at, NULL, 10);

		if (pid > 0) /* 0: of a pid namespace that we do not see */
			*list_add(a, list) = pid;
	}
	return err ? err : below_pids(a, d, list);
}

struct err *cgroup_pids(struct arena *a, const char *cgroup, pid_list *list)
{
	auto_fd int fd = -1;
	struct dir d = { .path = cgroup };
	struct err *err = path_open(cgroup, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	if (!err)
		err = dir_pids(a, &d, list);
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
	auto_free char *text = NULL;
	auto_err struct err *err = dir_read(cgroup, file, &text, NULL);

	return !err && has_line(text, line);
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
