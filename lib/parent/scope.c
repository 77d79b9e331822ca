/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup as systemd makes it, with a scope around the process
 * that is there already: https://systemd.io/CGROUP_DELEGATION.
 */
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hull/dbus.h"
#include "parent.h"

/*
 * By this `delete` knows that a unit of the right name is ours, and not that
 * of a container which has come after.
 */
static char *description(struct arena *a, const struct record *r)
{
	return arena_printf(a, "hull container %s, created %s", r->id, r->created);
}

/* Those that this systemd knows; it is asked for its version only if there is one in doubt. */
static struct err *known_only(struct arena *a, struct bus *bus, const unit_properties *all,
			      unit_properties *known)
{
	unsigned version = 0;

	for_each (p, all) {
		struct err *err = p->since && !version ? bus_version(bus, &version) : NULL;

		if (err)
			return err;
		if (!p->since || p->since <= version)
			*list_add(a, known) = *p;
	}
	return NULL;
}

static struct unit_property *property_add(struct arena *a, unit_properties *list, const char *name,
					  const char *type)
{
	struct unit_property *p = list_add(a, list);

	p->name = name;
	p->type = type;
	list_add(a, &p->items);
	return p;
}

/* What the plan could not know. */
static void properties_complete(const struct plan *plan, const struct live *live,
				unit_properties *list)
{
	struct arena *a = live->arena;

	property_add(a, list, "Description", "s")->items.v->text = description(a, live->record);
	if (!plan->cgroup.unit.is_slice) /* a slice takes no processes: see process_move() */
		property_add(a, list, "PIDs", "au")->items.v->number = (uint64_t)live->pid;
}

/* ---- making ---- */

/* A unit that has ended but is still loaded goes away; one that runs belongs to somebody. */
static struct err *leftover_remove(struct arena *a, struct bus *bus, struct err *exists)
{
	char *state;
	struct err *err = unit_get(bus, a, "Unit", "ActiveState", &state);

	if (!err && strcmp(state, "inactive") && strcmp(state, "failed")) {
		err_free(exists);
		err = err_new(EBUSY, "a unit of this name exists and is %s", state);
		return err_set(err, ERR_HINT,
			       "is it another container's? see systemctl status; "
			       "or choose another cgroupsPath");
	}
	if (!err)
		err = unit_reset(bus);
	if (err) {
		err_free(err);
		return exists;
	}
	err_free(exists);
	return NULL;
}

static struct err *unit_make(const struct plan *plan, struct live *live, struct bus *bus)
{
	unit_properties list = { 0 };
	struct err *err = known_only(live->arena, bus, &plan->cgroup.unit.properties, &list);

	if (err)
		return err;
	properties_complete(plan, live, &list);
	err = unit_start(bus, &list);
	if (err_code(err) != EEXIST)
		return err;
	err = leftover_remove(live->arena, bus, err);
	return err ? err : unit_start(bus, &list);
}

/* A slice takes none by itself; only there does the place not follow from the process. */
static struct err *process_move(struct live *live, struct bus *bus, char **cgroup)
{
	auto_fd int fd = -1;
	struct dir d;
	char pid[16], *path;
	struct err *err = unit_get(bus, live->arena, "Slice", "ControlGroup", &path);

	if (err)
		return err;
	*cgroup = arena_printf(live->arena, "%s%s", live->host->cgroup_root, path);
	err = path_open(*cgroup, O_RDONLY | O_DIRECTORY, &fd);
	d = (struct dir){ fd, *cgroup };
	snprintf(pid, sizeof(pid), "%d", live->pid);
	return err ? err : dir_write(&d, "cgroup.procs", pid);
}

/* Where it is now, as systemd and our view of the hierarchy would have it. */
static struct err *cgroup_learn(const struct plan *plan, struct live *live, struct bus *bus)
{
	struct dir root = { .path = live->host->cgroup_root };
	auto_fd int root_fd = -1;
	char *cgroup;
	struct err *err =
		plan->cgroup.unit.is_slice
			? process_move(live, bus, &cgroup)
			: cgroup_of(live->arena, live->host->cgroup_root, live->pid, &cgroup);

	if (!err)
		err = path_open(cgroup, O_RDONLY | O_DIRECTORY, &live->cgroup);
	if (err)
		return err;
	live->record->cgroup = cgroup;
	err = cgroup_know(live);
	if (err || !plan->cgroup.unit.all_controllers)
		return err;
	err = path_open(root.path, O_RDONLY | O_DIRECTORY, &root_fd);
	root.fd = root_fd;
	return err ? err : ancestors_enable(live->arena, &root, cgroup + strlen(root.path));
}

static struct err *unit_failed(const struct plan *plan, struct err *err)
{
	return err_at(err_add(err, "unit %s", plan->cgroup.unit.name), plan->doc, plan->spec->linux,
		      "cgroupsPath");
}

struct err *scope_begin(const struct plan *plan, struct live *live)
{
	const struct unit_plan *unit = &plan->cgroup.unit;
	struct err *err = unit->name ? bus_begin(unit->user, unit->name, &live->bus) : NULL;

	if (err)
		live->record->unit = NULL;	/* nothing was asked, so there is nothing to take back */
	return unit_failed(plan, err);
}

struct err *scope_make(const struct plan *plan, struct live *live)
{
	auto_bus struct bus *bus = take_ptr(&live->bus);
	struct err *err;

	if (!bus)
		return NULL;
	err = bus_ready(bus);
	if (err)
		live->record->unit = NULL;	/* as above */
	if (!err)
		err = unit_make(plan, live, bus);
	if (!err)
		err = cgroup_learn(plan, live, bus);
	return unit_failed(plan, err);
}

/* ---- undoing ---- */

/* A failed one that an annotation wants to be kept outlives its cgroup. */
static bool may_be_failed(const struct record *r)
{
	for_each (a, &r->annotations)
		if (!strcmp(a->key, "org.systemd.property.CollectMode"))
			return true;
	return false;
}

/* Whether the unit of this name is ours, though we do not know its cgroup: by what it is called. */
static struct err *unit_claim(const struct record *r, struct bus *bus, bool *ours)
{
	auto_arena struct arena a = { 0 };
	char *of;
	struct err *err = unit_get(bus, &a, "Unit", "Description", &of);

	*ours = !err && !strcmp(of, description(&a, r));
	return err;
}

/*
 * All that is in it dies at once, instead of being asked by systemd: by
 * @killed, or here. With the CollectMode that we ask for it is forgotten then.
 */
static struct err *unit_end(const struct record *r, bool killed, struct bus *bus)
{
	struct err *err = killed ? NULL : unit_kill(bus, SIGKILL);

	if (!err)
		err = unit_stop(bus);
	return err || !may_be_failed(r) ? err : unit_reset(bus);
}

struct err *scope_remove(const struct undo *undo)
{
	const struct record *r = undo->record;
	bool known = record_has_cgroup(r), ours = known;
	auto_bus struct bus *bus = NULL;
	struct err *err;

	/* systemd removes an empty cgroup and forgets the unit. */
	if (!r->unit || (r->cgroup && !ours && !may_be_failed(r)))
		return NULL;
	err = self_able_to_load();
	if (err)
		return err;
	err = bus_begin(r->unit_user, r->unit, &bus);
	if (known) {
		cgroup_unthrottle(r->cgroup);
		err_free(cgroup_kill(r->cgroup, false));	/* whether systemd answers or not */
	}
	if (!err)
		err = bus_ready(bus);
	if (!err && !ours)
		err = unit_claim(r, bus, &ours);
	if (!err && ours)
		err = unit_end(r, known, bus);
	return err_add(err, "stop unit %s", r->unit);
}

/* ---- for containers that are there ---- */

struct err *scope_set(const struct record *r, const unit_properties *list)
{
	auto_arena struct arena a = { 0 };
	auto_bus struct bus *bus = NULL;
	unit_properties known = { 0 };
	struct err *err = bus_open(r->unit_user, r->unit, &bus);

	if (!err)
		err = known_only(&a, bus, list, &known);
	if (!err)
		err = unit_set(bus, &known);
	return err_add(err, "unit %s", r->unit);
}

/* exec: from a session of another kind one may not move to the unit, but its manager may. */
struct err *scope_attach(const struct plan *plan, struct live *live)
{
	const struct record *r = live->record;
	const char *sub = r->cgroup_sub ? r->cgroup_sub : "", *own = plan->cgroup.path;
	auto_bus struct bus *bus = NULL;
	struct err *err;

	if (!live->attach)
		return NULL;
	err = bus_open(r->unit_user, r->unit, &bus);
	if (!err)
		err = unit_attach(bus,
				  arena_printf(live->arena, "%s%s%s%s", *sub ? "/" : "", sub,
					       own ? "/" : "", own ? own : ""),
				  live->pid);
	return err_add(err, "unit %s", r->unit);
}
