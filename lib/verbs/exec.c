/* SPDX-License-Identifier: Apache-2.0 */
/* exec: one more process in a container. */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "../parent/wait.h"
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
	struct relay relay;
	int init;
};

static void execution_done(struct execution *x)
{
	int *fds[] = { &x->live.sync, &x->live.cgroup, &x->live.console, &x->live.listener,
		       &x->live.pidfd, &x->live.trace, &x->init };

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
	.init = -1, .relay = RELAY_NONE,
};

/* ---- the container ---- */

static struct err *container_find(const struct hull *h, const struct hull_exec *e,
				  struct execution *x)
{
	struct err *err = container_open(&x->arena, h, e->id, false, &x->store, &x->record);
	enum status status;

	if (err)
		return err;
	status = record_status(&x->record);
	if (status == STATUS_STOPPED)
		return err_new(ESRCH, "cannot exec in a stopped container");
	if (status == STATUS_CREATING)
		return err_new(ESRCH, "cannot exec in a container that is not created yet");
	if (status == STATUS_PAUSED && !e->ignore_paused)
		return err_new(EBUSY, "cannot exec in a paused container (use --ignore-paused to "
			       "override)");
	return record_pidfd(&x->record, &x->init);
}

static struct err *config_load(struct execution *x)
{
	char *text;
	size_t size;
	findings found = { 0 };
	struct err *err = dir_read(&x->store.dir, "config.json", &text, &size);

	if (err)
		return err;
	return spec_read(&x->arena, "config.json", arena_strndup(&x->arena, text, size), size,
			 &x->config, &found);
}

/* ---- the process ---- */

/* Digits alone, at most 4294967294: "1x", "+1", "" are no ids (CVE-2026-30892). */
static bool id_parse(const char *text, size_t len, uint32_t *id)
{
	uint64_t n = 0;

	if (!len || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	if (n >= UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return true;
}

static struct err *user_set(struct execution *x, const char *text)
{
	struct oci_user *user = arena_new(&x->arena, struct oci_user);
	size_t len = strcspn(text, ":");

	if (x->process.user)
		*user = *x->process.user;
	x->process.user = user;
	if (!id_parse(text, len, &user->uid) ||
	    (text[len] && !id_parse(text + len + 1, strlen(text + len + 1), &user->gid)))
		return err_new(EINVAL, "--user %s: must be UID or UID:GID, as numbers", text);
	return NULL;
}

static struct err *groups_add(struct execution *x, char *const *gids)
{
	struct oci_user *user = arena_new(&x->arena, struct oci_user);
	LIST(uint32_t) all = { 0 };

	if (x->process.user)
		*user = *x->process.user;
	x->process.user = user;
	for_each (gid, &user->additional_gids)
		*list_add(&x->arena, &all) = *gid;
	for (; *gids; gids++)
		if (!id_parse(*gids, strlen(*gids), list_add(&x->arena, &all)))
			return err_new(EINVAL, "--additional-gids %s: must be a number", *gids);
	user->additional_gids.v = all.v;
	user->additional_gids.n = all.n;
	return NULL;
}

/* Bounding, effective and permitted; never inheritable (CVE-2022-29162), so not ambient either. */
static void caps_add(struct execution *x, char *const *names_)
{
	struct oci_capabilities *caps = arena_new(&x->arena, struct oci_capabilities);
	LIST(char *) sets[3] = { 0 };

	if (x->process.capabilities)
		*caps = *x->process.capabilities;
	x->process.capabilities = caps;
	for_each (c, &caps->bounding)
		*list_add(&x->arena, &sets[0]) = *c;
	for_each (c, &caps->effective)
		*list_add(&x->arena, &sets[1]) = *c;
	for_each (c, &caps->permitted)
		*list_add(&x->arena, &sets[2]) = *c;
	for (; *names_; names_++)
		for (size_t i = 0; i < countof(sets); i++)
			*list_add(&x->arena, &sets[i]) = arena_strdup(&x->arena, *names_);
	caps->bounding.v = sets[0].v;
	caps->bounding.n = sets[0].n;
	caps->effective.v = sets[1].v;
	caps->effective.n = sets[1].n;
	caps->permitted.v = sets[2].v;
	caps->permitted.n = sets[2].n;
}

static void env_add(struct execution *x, char *const *env)
{
	LIST(char *) all = { 0 };

	for_each (e, &x->process.env)
		*list_add(&x->arena, &all) = *e;
	for (; *env; env++)
		*list_add(&x->arena, &all) = arena_strdup(&x->arena, *env);
	x->process.env.v = all.v;
	x->process.env.n = all.n;
}

static void args_set(struct execution *x, char *const *argv)
{
	LIST(char *) all = { 0 };

	for (; argv && *argv; argv++)
		*list_add(&x->arena, &all) = arena_strdup(&x->arena, *argv);
	x->process.args.v = all.v;
	x->process.args.n = all.n;
}

static char *copy(struct execution *x, const char *s)
{
	return arena_strdup(&x->arena, s);
}

/* The container's own process, with what the command line says otherwise. */
static struct err *process_of_options(struct execution *x, const struct hull_exec *e)
{
	struct oci_process *p = &x->process;
	struct err *err = NULL;

	if (x->config.spec.process)
		*p = *x->config.spec.process;
	else
		p->cwd = copy(x, "/");
	args_set(x, e->argv);
	p->terminal = e->tty;
	if (e->cwd)
		p->cwd = copy(x, e->cwd);
	if (e->process_label)
		p->selinux_label = copy(x, e->process_label);
	if (e->apparmor)
		p->apparmor_profile = copy(x, e->apparmor);
	if (e->no_new_privs)
		p->no_new_privileges = *e->no_new_privs;
	if (e->env)
		env_add(x, e->env);
	if (e->caps)
		caps_add(x, e->caps);
	if (e->user)
		err = user_set(x, e->user);
	if (!err && e->additional_gids)
		err = groups_add(x, e->additional_gids);
	return err;
}

/* A whole process object; it may come from a pipe. */
static struct err *process_of_file(struct execution *x, const char *path)
{
	findings found = { 0 };
	struct json_doc *doc = &x->config.doc;
	char *text;
	size_t size;
	struct err *err = path_read(path, &text, &size);

	if (err)
		return err;
	err = json_parse(&x->arena, arena_strdup(&x->arena, path),
			 arena_strndup(&x->arena, text, size), size, doc);
	free(text);
	if (err)
		return err;
	json_decode(&x->arena, doc, &type_oci_process, &x->process, &found);
	err = findings_error(&found, path);
	if (err)
		return err;
	spec_validate_part(&x->arena, doc, &type_oci_process, &x->process, &found);
	return findings_error(&found, path);
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

static struct err *plan_of(const struct hull_exec *e, struct execution *x)
{
	struct request request = {
		.id = e->id, .bundle = x->record.bundle, .detach = e->detach,
		.console = e->console_socket != NULL, .preserve_fds = e->preserve_fds,
	};
	findings found = { 0 };
	struct err *err = config_load(x);

	if (!err)
		err = e->process ? process_of_file(x, e->process) : process_of_options(x, e);
	if (!err)
		err = host_probe(&x->arena, &x->host);
	if (err)
		return err;
	host_probe_joins(x->config.spec.linux, &x->host);
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
		.sync = -1,
		.trace = x->live.trace,
		.cgroup = -1,
		.start = -1,
		.console = x->live.console,
		.listener = -1,
		.pidfd = -1,
		.null = -1,
	};
}

/* A process that did not get as far as its program. */
static void remains_end(struct live *live)
{
	int status;

	if (live->pidfd < 0)
		return;
	err_free(pidfd_kill(live->pidfd, SIGKILL));
	err_free(process_reap(live->pid, &status));
}

static struct err *perform(const struct hull *h, const struct hull_exec *e, struct execution *x,
			   int *status)
{
	struct err *err = e->detach ? NULL : signals_hold();
	struct ending ending = { 0 };

	if (!err && !e->detach)
		err = relay_make(&x->relay, x->plan.tty.terminal);
	if (err)
		return err;
	x->live.console = take_fd(&x->relay.theirs);
	live_make(h, e, x);
	if (!e->detach) {
		x->live.stdio = x->relay.stdio;
		x->live.window = &x->relay.window;
	}
	err = words_make(&x->live.words);
	if (err)
		return err;
	err = walk(steps, &x->plan, &x->live);
	if (err)
		remains_end(&x->live);
	else if (!e->detach)
		err = process_attend(x->live.pid, x->live.pidfd, &x->relay, NULL, &ending);
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
	if (e->dry_run) {
		*plan = e->dry_run == HULL_PRINT_JSON ? plan_print_json(&x.plan) : plan_print(&x.plan);
		return NULL;
	}
	return perform(h, e, &x, status);
}

struct err *hull_exec(const struct hull *h, const struct hull_exec *e, char **plan, int *status)
{
	return verb_failed(exec(h, e, plan, status), "exec", e->id);
}
