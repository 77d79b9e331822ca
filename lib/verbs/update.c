/* SPDX-License-Identifier: Apache-2.0 */
/* update: other limits for a container that is there. */
#include "update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "../parent/parent.h"

struct updating {
	struct arena arena;
	struct store store;
	struct record record;
	struct config config;		/* of the container */
	struct change change;
	struct host host;
	struct update_plan plan;
	struct live live;
};

static void updating_done(struct updating *x)
{
	close_p(&x->live.cgroup);
	store_close(&x->store);
	arena_free(&x->arena);
}

#define auto_updating __attribute__((cleanup(updating_done)))

static const struct updating updating_none = {
	.store = { .lock = -1, .dir = { .fd = -1 } },
	.live = { .cgroup = -1 },
};

/* ---- findings ---- */

/* Says which option it is about, for a place in a document that nobody has seen. */
static void options_name(struct arena *a, findings *found)
{
	for_each (f, found) {
		const char *option = update_option(f->pointer);

		if (!option)
			continue;
		f->text = arena_printf(a, "--%s: %s", option, f->text);
		f->pointer = arena_strdup(a, "");
	}
}

static struct err *piece_end(const struct hull *h, const struct piece *piece)
{
	for_each (f, &piece->found) {
		auto_free char *text = NULL;

		if (f->warning &&
		    asprintf(&text, "%s%s%s", f->pointer, *f->pointer ? ": " : "", f->text) >= 0)
			h->warn(text);
	}
	return findings_error(&piece->found, piece->config.doc.name);
}

static struct err *change_check(const struct hull *h, struct updating *x)
{
	struct err *err = NULL;

	options_name(&x->arena, &x->change.options.found);
	if (x->change.has_file)
		err = piece_end(h, &x->change.file);
	return err ? err : piece_end(h, &x->change.options);
}

/* An error of the kernel about a value that an option gave. */
static struct err *option_add(struct err *err)
{
	const char *pointer = err_get(err, ERR_POINTER);
	const char *option = pointer ? update_option(pointer) : NULL;

	return option ? err_add(err, "--%s", option) : err;
}

/* ---- the container ---- */

static struct err *container_find(const struct hull *h, const char *id, struct updating *x)
{
	struct err *err = container_open(&x->arena, h, id, true, &x->store, &x->record);
	enum status status;

	if (err)
		return err;
	status = record_life(&x->record);
	if (status == STATUS_STOPPED)
		return err_new(ESRCH, "cannot update a container that has stopped");
	if (status == STATUS_CREATING)
		return err_new(EBUSY, "cannot update a container that is not created yet");
	return x->record.unit ? self_able_to_load() : NULL;
}

/*
 * Before standard input is read, which cannot be done twice; and not under the
 * lock, as that may take long.
 */
static struct err *able_to_reach(const struct hull *h, const char *id)
{
	auto_arena struct arena a = { 0 };
	struct record record = { 0 };
	auto_err struct err *err = record_find(&a, h, id, &record);

	/* What is wrong with it is told when it is opened for good. */
	return !err && record.unit ? self_able_to_load() : NULL;
}

static struct err *plan_of(const struct hull *h, const struct hull_update *u, struct updating *x)
{
	const struct change *change = &x->change;
	const struct piece *piece = u->resources ? &change->file : &change->options;
	struct err *err = u->resources ? able_to_reach(h, u->id) : NULL;

	if (!err)
		err = update_read(&x->arena, h, u, &x->change);
	if (!err)
		err = container_find(h, u->id, x);
	if (!err)
		err = change_check(h, x);
	if (!err)
		err = config_load(&x->arena, &x->store, &x->config);
	if (!err)
		err = host_probe(&x->arena, &x->host);
	if (!err)
		err = host_probe_resources(&x->arena, piece->config.spec.linux->resources,
					   &x->host);
	if (!err && x->change.options.config.spec.linux->intel_rdt)
		err = host_probe_resctrl(&x->arena, &x->host);
	if (err)
		return err;
	x->change.cgroup = x->record.cgroup;
	x->change.unit = x->record.unit;
	if (x->record.cgroup && x->host.cgroup_root &&
	    !strncmp(x->record.cgroup, x->host.cgroup_root, strlen(x->host.cgroup_root)))
		x->change.cgroup += strlen(x->host.cgroup_root);
	x->change.file.found.n = x->change.options.found.n = 0;
	plan_update(&x->arena, &x->config, &x->change, &x->host, &x->plan);
	return change_check(h, x);
}

/* ---- the whole ---- */

static struct err *no_cgroup(const struct record *r)
{
	struct err *err = err_new(ENOENT, "the container has no cgroup whose limits could change");

	if (!strcmp(r->cgroup_manager, "disabled"))
		return err_set(err, ERR_HINT, "it was created with --cgroup-manager=disabled");
	return err_set(err, ERR_HINT,
		       "ordinary users need a delegated cgroup when they create it: "
		       "see \"Delegation\" in systemd.resource-control(5)");
}

static struct err *cgroup_take(struct updating *x)
{
	const struct cgroup_plan *plan = &x->plan.limits.cgroup;

	if (!plan->writes.n && !plan->devices.n)
		return NULL;
	if (!x->record.cgroup)
		return no_cgroup(&x->record);
	return path_open(x->record.cgroup, O_RDONLY | O_DIRECTORY, &x->live.cgroup);
}

static struct err *perform(const struct hull *h, struct updating *x)
{
	struct err *err;

	x->live = (struct live){
		.side = PARENT,
		.warn = h->warn,
		.arena = &x->arena,
		.host = &x->host,
		.store = &x->store,
		.record = &x->record,
		.cgroup = -1,
	};
	err = cgroup_take(x);
	if (!err)
		err = update_perform(&x->plan, &x->live);
	return option_add(err);
}

static struct err *update(const struct hull *h, const struct hull_update *u, char **plan)
{
	auto_updating struct updating x = updating_none;
	struct err *err = plan_of(h, u, &x);

	if (err || !u->dry_run)
		return err ? err : perform(h, &x);
	*plan = plan_update_print(&x.plan, u->dry_run == HULL_PRINT_JSON);
	return NULL;
}

struct err *hull_update(const struct hull *h, const struct hull_update *u, char **plan)
{
	return verb_failed(update(h, u, plan), "update", u->id);
}
