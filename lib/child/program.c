/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be executed, and where: found at create, so that a mistake fails
 * there. The sentences are those that engines turn into exit status 126 and
 * 127: errno in lower-case words, paths in quotes.
 */
#include "child.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "hull/fd.h"

enum { PASSWD_MAX = 1024 * 1024 };

/*
 * A directory can be named so that it lies outside the container, by a
 * descriptor that leaked (CVE-2024-21626); then the kernel's getcwd(2) says
 * "(unreachable)". glibc's does not pass that on.
 */
static struct err *inside_check(const char *path)
{
	char cwd[4096];

	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
		return err_sys("getcwd", path);
	if (*cwd != '/')
		return err_new(EPERM, "%s is outside the container", path);
	return NULL;
}

static struct err *directory_change(const struct plan *plan, const struct live *live)
{
	auto_fd int fd = -1;
	struct err *err = dir_open(&live->root, plan->exec.cwd, O_PATH | O_DIRECTORY, &fd);

	if (!err && fchdir(fd) < 0)
		err = err_sys("chdir", plan->exec.cwd);
	return err ? err : inside_check(plan->exec.cwd);
}

struct err *cwd_enter(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!plan->exec.cwd || live->in_cwd)
		return NULL;
	err = directory_change(plan, live);
	live->in_cwd = !err;
	/* The user may have access where root, in a user namespace or on NFS, has none: later. */
	if (err_code(err) == EACCES && live->program == NULL) {
		err_free(err);
		return NULL;
	}
	return err_at(err, plan->doc, plan->spec->process, "cwd");
}

/* The sixth field of a line of passwd(5) whose third is @uid; else NULL. */
static char *home_in(char *line, uid_t uid)
{
	char *field[6], *end;
	unsigned long id;

	for (size_t i = 0; i < countof(field); i++)
		field[i] = strsep(&line, ":");
	if (!field[5] || !isdigit((unsigned char)field[2][0]))
		return NULL;
	id = strtoul(field[2], &end, 10);
	return !*end && id == uid && *field[5] == '/' ? field[5] : NULL;
}

/* Our own reader, on a descriptor: nothing of the image may bring code or a device to read. */
static const char *home_of(const struct live *live, uid_t uid)
{
	auto_fd int fd = -1;
	auto_err struct err *err = dir_open(&live->root, "/etc/passwd", O_RDONLY | O_NONBLOCK, &fd);
	char *text, *home;
	struct stat st;
	ssize_t n;

	if (err || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > PASSWD_MAX)
		return "/";
	text = arena_alloc(live->arena, (size_t)st.st_size + 1, 1);
	n = read(fd, text, (size_t)st.st_size);
	for (char *line; n > 0 && (line = strsep(&text, "\n"));)
		if ((home = home_in(line, uid)))
			return home;
	return "/";
}

static void environment_make(const struct plan *plan, struct live *live)
{
	LIST(char *) env = { 0 };

	if (!plan->exec.need_home && !plan->exec.listens) {
		live->env = plan->exec.env;
		return;
	}
	for (char **e = plan->exec.env; *e; e++)
		*list_add(live->arena, &env) = *e;
	for_each (e, &env)
		if (plan->exec.listens && !strncmp(*e, "LISTEN_PID=", 11))
			*e = arena_printf(live->arena, "LISTEN_PID=%d", getpid());
	if (plan->exec.need_home)
		*list_add(live->arena, &env) =
			arena_printf(live->arena, "HOME=%s", home_of(live, plan->cred.uid));
	live->env = env.v;
}

/* 0, or the errno with which execve(2) would refuse it. */
static int try_program(const char *path)
{
	auto_fd int fd = -1;
	auto_err struct err *err = path_open(path, O_PATH, &fd);
	struct stat st;

	if (err)
		return err_code(err);
	if (fstat(fd, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EISDIR;
	return syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0 ? errno : 0;
}

static struct err *refused(const char *name, const char *path, int code)
{
	if (code == ENOENT || code == ENOTDIR)
		return err_new(code, "exec: \"%s\": stat %s: %s", name, path, errno_words(code));
	if (code == EISDIR)
		return err_new(EACCES, "exec: \"%s\": permission denied: the path `%s` is not a "
			       "regular file: Operation not permitted", name, path);
	return err_new(code, "exec: \"%s\": %s", name, errno_words(code));
}

/* As execvp(3) searches, but in the container's PATH. */
static struct err *search(struct live *live, const char *name, const char *path)
{
	int worst = ENOENT;

	for (const char *at = path; ; at++) {
		size_t len = strcspn(at, ":");
		char *file = arena_printf(live->arena, "%.*s%s%s", (int)len, at, len ? "/" : "./", name);
		int code = try_program(file);

		if (!code) {
			live->program = file;
			return NULL;
		}
		if (code == EACCES)
			worst = code;
		at += len;
		if (!*at)
			break;
	}
	if (worst == EACCES)
		return refused(name, name, EACCES);
	return err_new(ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

static const char *path_of(char *const *env)
{
	for (; *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return "/bin:/usr/bin";		/* what execvp(3) takes without one */
}

struct err *program_find(const struct plan *plan, struct live *live)
{
	const char *name = plan->exec.argv ? plan->exec.argv[0] : NULL;
	struct err *err;
	int code;

	if (!name)
		return NULL;
	environment_make(plan, live);
	live->program = name;
	err = cwd_enter(plan, live);
	if (!err && !strchr(name, '/')) {
		err = search(live, name, path_of(live->env));
	} else if (!err) {
		code = try_program(name);
		err = code ? refused(name, name, code) : NULL;
	}
	/* These words begin what engines look for. */
	err = err_add(err, "unable to start container process");
	return err_at(err, plan->doc, plan->spec->process, "args");
}
