/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: config.md, "POSIX-platform Hooks". One after the other; the first
 * failure ends the moment, except for poststop. A hook gets the state on its
 * standard input, exactly its own environment, descriptors 0 to 2, a clean
 * signal mask and a process group of its own, which dies with its timeout.
 */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hull/fd.h"
#include "hull/sys.h"

enum { OUTPUT_MAX = 1024 };	/* of what a failing hook said, the end */

/* Where the hooks of one moment run, and what they are told. */
struct moment {
	const char *name;		/* as in the configuration */
	const struct record *record;
	const char *status;
	pid_t pid;			/* as the hook sees the container's process; 0: gone */
	const char *cwd;		/* NULL: stay */
	char *const *env;		/* for hooks without their own */
	const struct plan *plan;	/* to say where a hook stands; may be NULL */
};

struct output {
	char text[OUTPUT_MAX + 1];
	size_t n;
};

/* The state document on a descriptor: a hook that does not read it blocks nobody. */
static struct err *state_input(const struct moment *m, int *fd)
{
	auto_arena struct arena a = { 0 };
	auto_fd int mem = memfd_create("state", MFD_CLOEXEC);
	auto_free char *text = NULL;
	struct oci_state state;
	struct err *err;

	if (mem < 0)
		return err_sys("memfd_create", "state");
	record_state(&a, m->record, m->status, m->pid, &state);
	text = json_encode(&type_oci_state, &state, JSON_COMPACT);
	err = fd_write_all(mem, "state", text, strlen(text));
	if (err)
		return err;
	if (lseek(mem, 0, SEEK_SET) < 0)
		return err_sys("lseek", "state");
	*fd = take_fd(&mem);
	return NULL;
}

/* In the hook's process. The pipe of the output also carries why execve failed. */
static _Noreturn void hook_exec(const struct moment *m, const struct oci_hook *h, int in, int out)
{
	char *only_path[] = { h->path, NULL };
	struct err *err;

	signals_reset();
	(void)setpgid(0, 0);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(127);
	err_free(fd_close_from(3));
	if (m->cwd && (err = process_chdir(m->cwd))) {
		dprintf(2, "%s", err_text(err));
		_exit(127);
	}
	execve(h->path, h->args.n ? h->args.v : only_path, h->env.v ? h->env.v : m->env);
	dprintf(2, "exec %s: %s", h->path, errno_words(errno));
	_exit(127);
}

/* Keeps the last OUTPUT_MAX bytes. False: nothing more will come. */
static bool output_take(int fd, struct output *out)
{
	char piece[OUTPUT_MAX];
	ssize_t n = read(fd, piece, sizeof(piece));
	size_t drop;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	drop = out->n + (size_t)n > OUTPUT_MAX ? out->n + (size_t)n - OUTPUT_MAX : 0;
	drop = drop > out->n ? out->n : drop;
	memmove(out->text, out->text + drop, out->n - drop);
	out->n -= drop;
	memcpy(out->text + out->n, piece, (size_t)n);
	out->n += (size_t)n;
	return true;
}

/* Until it ends; ETIME: its time is over; EINTR: we are told to end. */
static struct err *hook_await(int pidfd, int pipe, const int32_t *timeout, struct output *out)
{
	struct pollfd p[] = { { .fd = pidfd, .events = POLLIN }, { .fd = pipe, .events = POLLIN } };
	uint64_t end = timeout ? now_us() + (uint64_t)*timeout * 1000000 : NEVER;
	struct err *err;

	while (!(err = poll_or_told(p, countof(p), end)) && !(p[0].revents & POLLIN)) {
		if (!output_take(pipe, out))
			p[1].fd = -1;
		if (now_us() >= end)	/* one that never stops to talk */
			p[1].fd = -1;
	}
	while (!err && p[1].fd >= 0 && poll(&p[1], 1, 0) > 0 && output_take(pipe, out))
		;
	return err;
}

static struct err *hook_end(const struct oci_hook *h, pid_t pid, int pidfd, int pipe)
{
	struct output out = { 0 };
	struct err *early = hook_await(pidfd, pipe, h->timeout, &out);
	const char *colon;
	struct err *err;
	int status = 0;

	if (early)
		(void)kill(-pid, SIGKILL);
	err = early ? process_kill(pid, pidfd) : process_reap(pid, &status);
	while (out.n && out.text[out.n - 1] == '\n')
		out.n--;
	colon = out.n ? ": " : "";
	if (early)
		err_free(err);
	if (err_code(early) == ETIME) {
		err_free(early);
		return err_new(ETIME, "not done after %d s%s%.*s", *h->timeout, colon, (int)out.n, out.text);
	}
	if (early)
		return err_add(early, "not done yet%s%.*s", colon, (int)out.n, out.text);
	if (err || !status)
		return err;
	if (status > 128)
		return err_new(ECANCELED, "killed by signal %d (SIG%s)%s%.*s", status - 128,
			       sigabbrev_np(status - 128), colon, (int)out.n, out.text);
	return err_new(ECANCELED, "exit status %d%s%.*s", status, colon, (int)out.n, out.text);
}

static struct err *hook_run(const struct moment *m, const struct oci_hook *h)
{
	auto_fd int in = -1;
	auto_fd int from = -1;
	auto_fd int to = -1;
	auto_fd int pidfd = -1;
	int pipe[2];
	pid_t pid;
	struct err *err = state_input(m, &in);

	if (err)
		return err;
	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys("pipe2", NULL);
	from = pipe[0];
	to = pipe[1];
	/* The hook's end must block as a program expects. */
	if (fcntl(to, F_SETFL, 0) < 0)
		return err_sys("fcntl", "a hook's output");
	err = process_clone(0, -1, &pid, &pidfd);
	if (err)
		return err;
	if (!pid)
		hook_exec(m, h, in, to);
	close(take_fd(&to));
	return hook_end(h, pid, pidfd, from);
}

/* The wording is runc's: scripts look for it. */
static struct err *hook_nth(const struct moment *m, const oci_hook_list *hooks, size_t i)
{
	struct err *err = err_add(hook_run(m, &hooks->v[i]), "error running %s hook #%zu", m->name, i);

	err = err_set(err, ERR_PATH, "%s", hooks->v[i].path);
	return m->plan ? err_at(err, m->plan->doc, &hooks->v[i], NULL) : err;
}

static struct err *moment_run(const struct moment *m, const oci_hook_list *hooks)
{
	struct err *err = NULL;

	for (size_t i = 0; i < hooks->n && !err; i++)
		err = hook_nth(m, hooks, i);
	return err;
}

/* A moment of create: in the parent, or in the child with the container's view. */
static struct err *create_moment(const struct plan *plan, const struct live *live, const char *name,
				 const oci_hook_list *hooks)
{
	bool child = live->side == CHILD;
	struct moment m = {
		.name = name, .record = live->record, .status = "creating",
		.pid = child ? getpid() : live->pid,
		.cwd = child ? plan->rootfs.path : plan->bundle,
		.env = child && plan->exec.env ? plan->exec.env : environ,
		.plan = plan,
	};

	return moment_run(&m, hooks);
}

struct err *hooks_prestart(const struct plan *plan, struct live *live)
{
	if (!plan->spec->hooks)
		return NULL;
	return create_moment(plan, live, "prestart", &plan->spec->hooks->prestart);
}

struct err *hooks_create_runtime(const struct plan *plan, struct live *live)
{
	if (!plan->spec->hooks)
		return NULL;
	return create_moment(plan, live, "createRuntime", &plan->spec->hooks->create_runtime);
}

struct err *hooks_create_container(const struct plan *plan, struct live *live)
{
	if (!plan->spec->hooks)
		return NULL;
	return create_moment(plan, live, "createContainer", &plan->spec->hooks->create_container);
}

struct err *hooks_start_container(const struct plan *plan, struct live *live)
{
	struct moment m = {
		.name = "startContainer", .record = live->record, .status = "created",
		.pid = getpid(), .cwd = "/", .env = plan->exec.env ? plan->exec.env : environ,
		.plan = plan,
	};

	return plan->spec->hooks ? moment_run(&m, &plan->spec->hooks->start_container) : NULL;
}

/* In `start` there is no plan: the record carries these hooks. */
struct err *hooks_poststart(const struct plan *plan, struct live *live)
{
	const struct record *r = live->record;
	struct moment m = {
		.name = "poststart", .record = r, .status = "running",
		.pid = r->pid, .cwd = r->bundle, .env = environ,
	};

	(void)plan;
	return r->hooks ? moment_run(&m, &r->hooks->poststart) : NULL;
}

struct err *hooks_poststop(const struct undo *undo)
{
	const struct record *r = undo->record;
	struct moment m = {
		.name = "poststop", .record = r, .status = "stopped", .cwd = r->bundle, .env = environ,
	};

	/* runtime.md, "Delete": after the container is deleted. */
	for (size_t i = 0; r->hooks && !undo->incomplete && i < r->hooks->poststop.n; i++) {
		auto_err struct err *err = hook_nth(&m, &r->hooks->poststop, i);

		if (err)
			undo->warn(err_text(err));
	}
	return NULL;
}

unsigned hooks_patience(const oci_hook_list *hooks, unsigned ms)
{
	for_each (h, hooks) {
		if (!ms || !h->timeout || (unsigned)*h->timeout > (UINT_MAX - ms) / 1000)
			return 0;
		ms += (unsigned)*h->timeout * 1000;
	}
	return ms;
}
