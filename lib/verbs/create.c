/* SPDX-License-Identifier: Apache-2.0 */
/* create and run: from a bundle to a container. */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "../parent/notify.h"
#include "../parent/oom.h"
#include "../parent/wait.h"
#include "../run/hooks.h"
#include "../run/patience.h"
#include "../run/sync.h"
#include "hull/dbus.h"
#include "hull/fd.h"
#include "hull/sys.h"

enum { LISTEN_MAX = 1 << 20 };		/* more than a process can have open: fs.nr_open */

/* Everything about one `create` or `run`. */
struct creation {
	const struct step *steps;
	struct arena arena;
	struct config config;
	struct host host;
	struct plan plan;
	struct record record;
	struct store store;
	struct live live;
	struct self_copy copy;
	struct relay relay;		/* attached; so the next */
	struct oom_watch oom;
	struct notify notify;		/* NOTIFY_SOCKET */
};

static void creation_done(struct creation *c)
{
	int *fds[] = { &c->live.sync, &c->live.cgroup, &c->live.start, &c->live.console,
		       &c->live.listener, &c->live.pidfd, &c->live.trace, &c->copy.fd };

	for (size_t i = 0; i < countof(fds); i++)
		close_p(fds[i]);
	relay_end(&c->relay);
	oom_close(&c->oom);
	bus_close(&c->live.bus);
	notify_end(&c->notify);
	words_free(c->live.words);
	store_close(&c->store);
	arena_free(&c->arena);
}

#define auto_creation __attribute__((cleanup(creation_done)))

/* sd_listen_fds(3): only if they are meant for this very process. */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	unsigned long fds = pid && n && strtol(pid, NULL, 10) == getpid() ? strtoul(n, NULL, 10) : 0;

	return fds < LISTEN_MAX ? (unsigned)fds : 0;
}

/* The caller's limit on them may be anything; ours are few. */
static struct err *descriptors_begin(unsigned kept)
{
	struct err *err = fd_stdio_check();

	if (!err)
		err = fd_cloexec_from(3 + kept);
	return err ? err : fd_kept_check(3, kept);
}

static void warn_findings(const struct hull *h, const findings *found)
{
	for_each (f, found) {
		auto_free char *text = NULL;

		if (f->warning && asprintf(&text, "%s: %s", f->pointer, f->text) >= 0)
			h->warn(text);
	}
}

static struct err *plan_of(const struct hull *h, const struct hull_create *req, struct creation *c)
{
	struct arena *a = &c->arena;
	auto_free char *cwd = getcwd(NULL, 0);
	struct request request = {
		.id = req->id,
		.bundle = path_clean(a, cwd ? cwd : "/", req->bundle ? req->bundle : "."),
		.cgroup_manager = (enum cgroup_manager)h->cgroup_manager,
		.no_pivot = req->no_pivot, .no_new_keyring = req->no_new_keyring,
		.detach = req->detach, .console = req->console_socket != NULL,
		.preserve_fds = req->preserve_fds, .listen_fds = listen_fds(),
		.listen_names = getenv("LISTEN_FDNAMES"),
	};
	char *path = req->config ? path_clean(a, cwd ? cwd : "/", req->config) :
		arena_printf(a, "%s/config.json", request.bundle);
	findings found = { 0 };
	struct err *err = id_check(req->id);

	if (notify_init(&c->notify, &c->record, req->detach))
		request.notify_dir = arena_printf(a, "%s/%s/notify", root_of(a, h), req->id);
	if (!err)
		err = spec_load(a, path, &c->config, &found);
	if (!err)
		err = host_probe(a, &c->host);
	if (!err)
		host_probe_joins(c->config.spec.linux, &c->host);
	if (!err && c->config.spec.linux && c->config.spec.linux->resources)
		err = host_probe_resources(a, c->config.spec.linux->resources, &c->host);
	if (!err && c->config.spec.linux && c->config.spec.linux->intel_rdt)
		err = host_probe_resctrl(a, &c->host);
	if (!err)
		err = plan_make(a, &c->config, &request, &c->host, &found, &c->plan);
	warn_findings(h, &found);
	return err;
}

static void record_rdt(struct arena *a, const struct rdt_plan *p, struct record *r)
{
	char *monitor;

	if (!p->root)
		return;
	r->rdt_group = arena_strdup(a, p->root);
	if (strcmp(p->group, "."))
		r->rdt_group = arena_printf(a, "%s/%s", p->root, p->group);
	r->rdt_made = p->make && !path_exists(r->rdt_group);
	if (!p->monitor)
		return;
	monitor = arena_printf(a, "%s/mon_groups/%s", r->rdt_group, p->monitor);
	r->rdt_monitor = path_exists(monitor) ? NULL : monitor;
}

/* How many directories between the root of all cgroups and ours do not exist yet. */
static uint32_t parents_missing(struct arena *a, const char *cgroup, size_t root)
{
	char *path = arena_strdup(a, cgroup);
	uint32_t n = 0;

	for (char *slash; (slash = strrchr(path + root, '/')) && slash > path + root; n++) {
		*slash = 0;
		if (path_exists(path))
			break;
	}
	return n;
}

/* What `delete` will need, written down before any of it is made. */
static void record_make(struct creation *c, bool keep)
{
	static const char *const managers[] = { "cgroupfs", "systemd", "disabled" };
	const struct plan *p = &c->plan;
	struct arena *a = &c->arena;
	struct record *r = &c->record;

	*r = (struct record){
		.schema = RECORD_SCHEMA,
		.id = arena_strdup(a, p->id),
		.bundle = arena_strdup(a, p->bundle),
		.rootfs = arena_strdup(a, p->rootfs.path),
		.created = time_now(a),
		.uid = geteuid(),
		.boot_id = boot_id(a),
		.phase = arena_strdup(a, "creating"),
		.cgroup_manager = arena_strdup(a, managers[p->cgroup.manager]),
		.private_pidns = p->ns.make & CLONE_NEWPID,
		.private_mounts = p->ns.own & CLONE_NEWNS,
		.keep = keep,
		.hooks = p->spec->hooks,
	};
	r->annotations.v = p->spec->annotations.v;
	r->annotations.n = p->spec->annotations.n;
	record_rdt(a, &p->rdt, r);
	if (p->cgroup.unit.name) {
		r->unit = arena_strdup(a, p->cgroup.unit.name);
		r->unit_user = p->cgroup.unit.user;
		return;			/* systemd will say where it is */
	}
	if (!p->cgroup.path)
		return;
	r->cgroup = arena_printf(a, "%s%s", c->host.cgroup_root, p->cgroup.path);
	r->cgroup_existed = path_exists(r->cgroup);
	r->cgroup_parents = parents_missing(a, r->cgroup, strlen(c->host.cgroup_root));
}

/* Its own hooks are the child's to wait for. */
static unsigned patience(const struct plan *plan, unsigned verbs)
{
	const struct oci_hooks *hooks = plan->spec->hooks;
	unsigned ms = PATIENCE_CREATE_MS;

	if (hooks)
		ms = hooks_patience(&hooks->create_container, ms);
	if (hooks && verbs & VERB_START)
		ms = hooks_patience(&hooks->start_container, ms);
	return ms;
}

static void live_make(const struct hull *h, const struct hull_create *req, struct creation *c,
		      unsigned verbs)
{
	c->live = (struct live){
		.side = PARENT,
		.verbs = verbs,
		.warn = h->warn,
		.arena = &c->arena,
		.host = &c->host,
		.store = &c->store,
		.record = &c->record,
		.console_path = req->console_socket,
		.pid_file = req->pid_file,
		.pidfd_path = req->pidfd_socket,
		.notify = c->notify.host_path ? &c->notify : NULL,
		.patience_ms = patience(&c->plan, verbs),
		.sync = -1,
		.trace = c->live.trace,
		.cgroup = -1,
		.start = -1,
		.console = c->live.console,
		.listener = -1,
		.pidfd = -1,
		.copy = &c->copy,
		.null = -1,
		.nodes = -1,
	};
}

/* Takes back whatever there is: the walk failed, or the container has ended. */
static struct err *undo_all(const struct hull *h, const struct creation *c)
{
	struct undo undo = { &c->record, &c->store, h->warn, true };

	return unwind(c->steps, &undo);
}

static struct err *perform(const struct hull *h, struct creation *c, bool keep)
{
	struct err *err = store_create(&c->arena, root_of(&c->arena, h), c->plan.id, &c->store);
	auto_err struct err *undone = NULL;

	if (!err)
		err = words_make(&c->live.words);
	if (!err)
		err = interrupts_hold(true);
	if (err)
		return err;
	/* Only now is nothing left of one that had this id: it must not seem to have been there. */
	record_make(c, keep);
	err = walk(c->steps, &c->plan, &c->live);
	if (!err)
		return NULL;
	undone = undo_all(h, c);
	if (undone)
		h->warn(err_text(undone));
	return err;
}

/* clang-format off */
static const struct creation creation_none = {
	.store = { .lock = -1, .dir = { .fd = -1 } },
	.live = { .sync = -1, .cgroup = -1, .start = -1, .console = -1, .listener = -1,
		  .pidfd = -1, .trace = -1 },
	.copy = { .fd = -1 },
	.relay = RELAY_NONE,
	.oom = OOM_WATCH_NONE,
	.notify = NOTIFY_NONE,
};
/* clang-format on */

struct err *create_by(const struct step *list, const struct hull *h, const struct hull_create *req,
		      char **plan)
{
	auto_creation struct creation c = creation_none;
	struct hull_create detached = *req;
	struct err *err;

	c.steps = list;
	detached.detach = true;		/* `create` always is */
	err = descriptors_begin(req->preserve_fds + listen_fds());
	if (!err)
		err = trace_open(h, &c.live.trace);
	if (!err)
		err = plan_of(h, &detached, &c);
	if (err)
		return err;
	if (req->dry_run)
		return plan_show(&c.arena, &c.plan, req->dry_run, plan);
	live_make(h, req, &c, VERB_CREATE);
	return perform(h, &c, false);
}

struct err *hull_create(const struct hull *h, const struct hull_create *req, char **plan)
{
	return verb_failed(create_by(steps, h, req, plan), "create", req->id);
}

/* The end of an attached container: all of it goes, unless it is to be kept. */
static struct err *attend(const struct hull *h, const struct hull_create *req, struct creation *c,
			  int *status)
{
	struct ending ending = { 0 };
	uint64_t killed;
	struct err *err;

	store_unlock(&c->store);	/* others may kill it, look at it, execute in it */
	err = process_attend(c->live.pid, c->live.pidfd, &c->relay, c->live.notify, &c->oom,
			     &ending);
	if (err)
		return err;
	*status = ending.status;
	killed = c->oom.kills - c->oom.first;
	warn_oom(h, killed);
	warn_lost(h, &ending);
	if (req->keep)
		return ending_keep(&c->arena, &c->store, &c->record, &ending, killed);
	err = store_lock(&c->store);
	if (err_code(err) == ENOENT) {	/* somebody deleted it meanwhile */
		err_free(err);
		return NULL;
	}
	return err ? err : undo_all(h, c);
}

static struct err *run_prepared(const struct hull *h, const struct hull_create *req,
				struct creation *c, int *status)
{
	bool attached = !req->detach;
	struct err *err = attached ? signals_hold() : NULL;

	/* Orphans of the container without a pid namespace come to us, not to the host's init. */
	if (!err && attached && !req->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		err = err_sys("prctl PR_SET_CHILD_SUBREAPER", NULL);
	if (err)
		return err;
	if (attached)
		err = relay_make(&c->relay, c->plan.tty.terminal);
	if (err)
		return err;
	c->live.console = take_fd(&c->relay.theirs);
	live_make(h, req, c, VERB_CREATE | VERB_START);
	if (attached) {
		c->live.stdio = c->relay.stdio;
		c->live.window = &c->relay.window;
		c->live.oom = &c->oom;
	}
	err = perform(h, c, req->keep);
	if (!err && !attached)
		err_free(record_executed(&c->store, &c->record)); /* else the process tells */
	if (err || !attached)
		return err;
	return attend(h, req, c, status);
}

static struct err *run(const struct hull *h, const struct hull_create *req, char **plan, int *status)
{
	auto_creation struct creation c = creation_none;
	struct err *err = descriptors_begin(req->preserve_fds + listen_fds());

	*status = 0;
	c.steps = steps;
	if (!err)
		err = trace_open(h, &c.live.trace);
	if (!err)
		err = plan_of(h, req, &c);
	if (err)
		return err;
	if (req->dry_run)
		return plan_show(&c.arena, &c.plan, req->dry_run, plan);
	return run_prepared(h, req, &c, status);
}

struct err *hull_run(const struct hull *h, const struct hull_create *req, char **plan, int *status)
{
	return verb_failed(run(h, req, plan, status), "run", req->id);
}
