/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id maps of a user namespace: written by us, or by newuidmap and
 * newgidmap where we may not. What was written is read back.
 */
#include "parent.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "hull/fd.h"
#include "hull/sys.h"

enum { ANSWER_MS = 10 * 1000 };

static struct err *proc_dir(struct arena *a, pid_t pid, struct dir *d)
{
	d->path = arena_printf(a, "/proc/%d", pid);
	return path_open(d->path, O_PATH | O_DIRECTORY, &d->fd);
}

static struct err *map_write(const struct dir *proc, const char *file, const char *text)
{
	struct err *err = dir_write(proc, file, text);

	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT, "these ids are not ours to map: see /etc/subuid, "
			      "/etc/subgid and newuidmap(1)");
	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT, "ranges must not overlap, and at most 340 fit");
	return err;
}

/* "0 1000 1\n1 100000 65536\n" and a pid as the argv of newuidmap(1). */
static char **helper_argv(struct arena *a, const char *helper, pid_t pid, const char *map)
{
	LIST(char *) argv = { 0 };
	char *words = arena_strdup(a, map);

	*list_add(a, &argv) = arena_strdup(a, helper);
	*list_add(a, &argv) = arena_printf(a, "%d", pid);
	for (char *save = NULL, *w = strtok_r(words, " \n", &save); w; w = strtok_r(NULL, " \n", &save))
		*list_add(a, &argv) = w;
	return argv.v;
}

static _Noreturn void helper_exec(char **argv, int out)
{
	char *none[] = { NULL };

	signals_reset();
	if (dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	err_free(fd_close_from(3));
	execve(argv[0], argv, none);
	dprintf(2, "exec: %s", errno_words(errno));
	_exit(127);
}

static struct err *helper_run(struct arena *a, const char *helper, pid_t target, const char *map)
{
	char **argv = helper_argv(a, helper, target, map);
	auto_fd int from = -1;
	auto_fd int to = -1;
	auto_free char *said = NULL;
	int fds[2], status;
	size_t size;
	pid_t pid;
	struct err *err;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys("pipe2", NULL);
	from = fds[0];
	to = fds[1];
	err = process_clone(0, -1, &pid, NULL);
	if (err)
		return err;
	if (!pid)
		helper_exec(argv, to);
	close(take_fd(&to));
	err = child_hear(pid, from, &said, &size, &status);
	if (err || !status)
		return err_add(err, "%s", helper);
	err = err_new(EPERM, "%s: status %d: %.*s", helper, status, (int)strcspn(said, "\n"), said);
	return err_set(err, ERR_HINT, "the caller needs ranges in /etc/subuid and /etc/subgid");
}

/* Equal but for white space: the kernel pads its columns. */
static bool same_map(const char *a, const char *b)
{
	for (;;) {
		bool gap = isspace((unsigned char)*a) && isspace((unsigned char)*b);

		a += strspn(a, " \n");
		b += strspn(b, " \n");
		if (!*a || !*b)
			return *a == *b;
		if (*a != *b && !gap)
			return false;
		if (*a++ != *b++)
			return false;
	}
}

static struct err *map_verify(const struct dir *proc, const char *file, const char *want)
{
	auto_free char *text = NULL;
	struct err *err = dir_read(proc, file, &text, NULL);

	if (!err && !same_map(text, want))
		err = err_new(EPROTO, "%s/%s is not what was written", proc->path, file);
	return err;
}

static struct err *map_compare(const struct plan *plan, const struct dir *proc, const char *file,
			       const char *want, const char *member)
{
	auto_free char *text = NULL;
	struct err *err = want ? dir_read(proc, file, &text, NULL) : NULL;

	if (!err && want && !same_map(text, want))
		err = err_new(EINVAL, "the user namespace that is joined has another map");
	return err_at(err, plan->doc, plan->spec->linux, member);
}

/* A namespace that is joined has its maps already. */
static struct err *joined_compare(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct dir proc;
	struct err *err;

	if (!plan->ns.joined_uid_map && !plan->ns.joined_gid_map)
		return NULL;
	err = proc_dir(live->arena, live->pid, &proc);
	if (err)
		return err;
	fd = proc.fd;
	err = map_compare(plan, &proc, "uid_map", plan->ns.joined_uid_map, "uidMappings");
	if (!err)
		err = map_compare(plan, &proc, "gid_map", plan->ns.joined_gid_map, "gidMappings");
	return err;
}

struct err *idmaps_write(const struct plan *plan, struct live *live)
{
	const struct ns_plan *ns = &plan->ns;
	auto_fd int fd = -1;
	struct dir proc;
	struct err *err;

	if (!ns->uid_map)
		return joined_compare(plan, live);
	err = proc_dir(live->arena, live->pid, &proc);
	if (err)
		return err;
	fd = proc.fd;
	if (ns->deny_setgroups)
		err = dir_write(&proc, "setgroups", "deny");
	if (!err)
		err = ns->map_by_helper ?
			helper_run(live->arena, live->host->newgidmap, live->pid, ns->gid_map) :
			map_write(&proc, "gid_map", ns->gid_map);
	if (!err)
		err = ns->map_by_helper ?
			helper_run(live->arena, live->host->newuidmap, live->pid, ns->uid_map) :
			map_write(&proc, "uid_map", ns->uid_map);
	if (!err)
		err = map_verify(&proc, "uid_map", ns->uid_map);
	if (!err)
		err = map_verify(&proc, "gid_map", ns->gid_map);
	return err_at(err, plan->doc, &plan->spec->linux->uid_mappings, NULL);
}

/* A process for /proc to speak of. It ends with us, at the latest. */
static _Noreturn void wait_forever(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		for (;;)
			pause();
	_exit(1);
}

struct err *userns_make(const char *uid_map, const char *gid_map, int *fd)
{
	auto_arena struct arena a = { 0 };
	auto_fd int pidfd = -1;
	auto_fd int close_it = -1;
	pid_t parent = getpid();
	struct dir proc;
	struct err *err;
	pid_t pid;

	err = process_clone(CLONE_NEWUSER, -1, &pid, &pidfd);
	if (err)
		return err_add(err, "a user namespace for an ID-mapped mount");
	if (!pid)
		wait_forever(parent);
	err = proc_dir(&a, pid, &proc);
	close_it = err ? -1 : proc.fd;
	if (!err)
		err = map_write(&proc, "uid_map", uid_map);
	if (!err)
		err = map_write(&proc, "gid_map", gid_map);
	if (!err)
		err = namespace_open(arena_printf(&a, "%s/ns/user", proc.path), CLONE_NEWUSER, fd);
	err_free(process_kill(pid, pidfd));
	return err;
}

/* In a new process: enters and says so. */
static _Noreturn void enter_and_wait(int userns, int say, pid_t parent)
{
	auto_err struct err *err = namespace_join(userns, CLONE_NEWUSER, "user namespace");

	if (!err && write(say, "", 1) == 1)
		wait_forever(parent);
	_exit(1);
}

struct err *userns_maps(struct arena *a, int userns, char **uid_map, char **gid_map)
{
	auto_free char *uids = NULL, *gids = NULL;
	auto_fd int from = -1;
	auto_fd int say = -1;
	auto_fd int pidfd = -1;
	auto_fd int close_it = -1;
	pid_t parent = getpid();
	struct dir proc = { .fd = -1 };
	pid_t pid;
	struct pollfd p;
	char byte;
	struct err *err = socket_pair(&from, &say);

	if (!err)
		err = process_clone(0, -1, &pid, &pidfd);
	if (err)
		return err;
	if (!pid)
		enter_and_wait(userns, say, parent);
	close(take_fd(&say));
	p = (struct pollfd){ .fd = from, .events = POLLIN };
	err = poll_or_told(&p, 1, after_ms(ANSWER_MS));
	if (!err && read(from, &byte, 1) != 1)
		err = err_new(EPERM, "the user namespace cannot be entered to read its maps");
	if (!err)
		err = proc_dir(a, pid, &proc);
	close_it = proc.fd;
	if (!err)
		err = dir_read(&proc, "uid_map", &uids, NULL);
	if (!err)
		err = dir_read(&proc, "gid_map", &gids, NULL);
	err_free(process_kill(pid, pidfd));
	if (err)
		return err;
	*uid_map = arena_strdup(a, uids);
	*gid_map = arena_strdup(a, gids);
	return NULL;
}
