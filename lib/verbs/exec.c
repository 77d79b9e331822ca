/* SPDX-License-Identifier: Apache-2.0 */
/* exec: one more process in a container. */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "../parent/wait.h"
#include "../parent/parent.h"
#include "../run/patience.h"
#include "../run/sync.h"
#include "hull/fd.h"
#include "hull/sys.h"

struct execution {
	struct arena arena;
	struct store store;
	struct record record;
	struct config config;		/* the container's, as it was at create */
	struct oci_process process;
	struct host host;
	struct plan plan;
	struct live live;
	struct self_copy copy;
	struct relay relay;
	int init;
};

static void execution_done(struct execution *x)
{
	int *fds[] = { &x->live.sync, &x->live.cgroup, &x->live.console, &x->live.listener,
		       &x->live.pidfd, &x->live.trace, &x->copy.fd, &x->init };

	for (size_t i = 0; i < countof(fds); i++)
		close_p(fds[i]);
	relay_end(&x->relay);
	words_free(x->live.words);
	store_close(&x->store);
	arena_free(&x->arena);
}

#define auto_execution __attribute__((cleanup(execution_done)))

static const struct execution execution_none = {
	.store = { .lock = -1, .dir = { .fd = -1 } },
	.live = { .sync = -1, .cgroup = -1, .start = -1, .console = -1, .listener = -1,
		  .pidfd = -1, .trace = -1 },
	.copy = { .fd = -1 }, .init = -1, .relay = RELAY_NONE,
};

/* ---- the container ---- */

static struct err *container_find(const struct hull *h, const struct hull_exec *e,
				  struct execution *x)
{
	struct err *err = container_open(&x->arena, h, e->id, false, &x->store, &x->record);
	enum status status;

	if (!err)
		err = record_hold(&x->record, &status, &x->init);
	if (err)
		return err;
	if (status == STATUS_STOPPED)
		return err_new(ESRCH, "cannot exec in a stopped container");
	if (status == STATUS_CREATING)
		return err_new(ESRCH, "cannot exec in a container that is not created yet");
	if (!e->ignore_paused && record_paused(&x->record))
		return err_new(EBUSY, "cannot exec in a paused container (use --ignore-paused to "
			       "override)");
	/* The user's systemd may have to move us: see spawn_exec(). */
	return x->record.unit && geteuid() ? self_able_to_load() : NULL;
}

/* ---- the whole ---- */

/* A path below the container's cgroup, and only there. */
static struct err *cgroup_choose(struct execution *x, const char *sub)
{
	if (!sub)
		return NULL;
	sub += strspn(sub, "/");
	for (const char *at = sub; *at; at += strcspn(at, "/"), at += *at == '/')
		if (!strncmp(at, "..", 2) && (!at[2] || at[2] == '/'))
			return err_new(EINVAL, "bad sub cgroup path: %s", sub);
	x->plan.cgroup.path = *sub ? sub : NULL;
	return NULL;
}

/* A container that is deleted while we look has no process before it has no files any more. */
static struct err *config_find(struct execution *x)
{
	struct err *err = config_load(&x->arena, &x->store, &x->config);
	struct err *lives;

	if (err_code(err) != ENOENT)
		return err;
	lives = pidfd_wait(x->init, 0);
	if (lives) {
		err_free(lives);
		return err;
	}
	err_free(err);
	return err_new(ESRCH, "container not running");
}

static struct err *plan_of(const struct hull_exec *e, struct execution *x)
{
	struct request request = {
		.id = e->id, .bundle = x->record.bundle, .detach = e->detach,
		.console = e->console_socket != NULL, .preserve_fds = e->preserve_fds,
	};
	findings found = { 0 };
	struct err *err = config_find(x);

	if (!err)
		err = exec_process(&x->arena, e, &x->config, &found, &x->process);
	if (!err)
		err = host_probe(&x->arena, &x->host);
	if (err)
		return err;
	host_probe_init(x->record.pid, &x->host);
	x->config.spec.process = &x->process;
	err = plan_exec(&x->arena, &x->config, &request, &x->host, &found, &x->plan);
	return err ? err : cgroup_choose(x, e->cgroup);
}

static void live_make(const struct hull *h, const struct hull_exec *e, struct execution *x)
{
	x->live = (struct live){
		.side = PARENT,
		.verbs = VERB_EXEC,
		.warn = h->warn,
		.arena = &x->arena,
		.host = &x->host,
		.store = &x->store,
		.record = &x->record,
		.console_path = e->console_socket,
		.pid_file = e->pid_file,
		.init = x->init,
		.pidfd_path = e->pidfd_socket,
		.words = x->live.words,
		.patience_ms = PATIENCE_EXEC_MS,
		.ignore_paused = e->ignore_paused,
		.sync = -1,
		.trace = x->live.trace,
		.cgroup = -1,
		.start = -1,
		.console = x->live.console,
		.listener = -1,
		.pidfd = -1,
		.copy = &x->copy,
		.null = -1,
	};
}

static struct err *perform(const struct hull *h, const struct hull_exec *e, struct execution *x,
			   int *status)
{
	struct ending ending = { 0 };
	struct err *err = e->detach ? interrupts_hold(true) : signals_hold();

	if (!err && !e->detach)
		err = relay_make(&x->relay, x->plan.tty.terminal);
	if (err)
		return err;
	x->live.console = take_fd(&x->relay.theirs);
	err = words_make(&x->live.words);
	if (err)
		return err;
	live_make(h, e, x);
	if (!e->detach) {
		x->live.stdio = x->relay.stdio;
		x->live.window = &x->relay.window;
	}
	err = walk(steps, &x->plan, &x->live);
	if (err)
		remains_kill(&x->live);
	if (!err && !e->detach)
		err = process_attend(x->live.pid, x->live.pidfd, &x->relay, NULL, NULL, &ending);
	if (!err)
		*status = ending.status;
	warn_lost(h, &ending);
	return err;
}

static struct err *exec(const struct hull *h, const struct hull_exec *e, char **plan, int *status)
{
	auto_execution struct execution x = execution_none;
	struct err *err = fd_stdio_check();

	*status = 0;
	if (!err)
		err = fd_cloexec_from(3 + e->preserve_fds);
	if (!err)
		err = fd_kept_check(3, e->preserve_fds);
	if (!err)
		err = trace_open(h, &x.live.trace);
	if (!err)
		err = container_find(h, e, &x);
	if (!err)
		err = plan_of(e, &x);
	if (err)
		return err;
	if (e->dry_run)
		return plan_show(&x.arena, &x.plan, e->dry_run, plan);
	return perform(h, e, &x, status);
}

struct err *hull_exec(const struct hull *h, const struct hull_exec *e, char **plan, int *status)
{
	return verb_failed(exec(h, e, plan, status), "exec", e->id);
}
