/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit that systemd makes for a container, from a cgroupsPath of the form
 * that engines and other runtimes agree on: slice:prefix:name is
 * prefix-name.scope in that slice, and a name that ends in .slice is itself a
 * slice. Each part may be empty.
 */
#include "unit.h"

#include <string.h>

enum { NAME_LENGTH_MAX = 255 };		/* systemd.unit(5); also as a name of a directory */

static const char slice_suffix[] = ".slice";
static const char root_slice[] = "-.slice";

static bool is_slice(const char *name)
{
	size_t len = strlen(name), n = strlen(slice_suffix);

	return len > n && !strcmp(name + len - n, slice_suffix);
}

/* systemd.unit(5): the bytes of a name, but "@", which makes instances. */
static bool is_plain(const char *text, size_t len)
{
	static const char plain[] = "0123456789:-_.\\abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return strspn(text, plain) >= len;
}

/* As systemd-escape(1) does it, but for "-", which engines write on purpose. */
static const char *escape(struct arena *a, const char *text)
{
	const char *out = "";

	for (const char *c = text; *c; c++)
		out = is_plain(c, 1) && (c > text || *c != '.')
			      ? arena_printf(a, "%s%c", out, *c)
			      : arena_printf(a, "%s\\x%02x", out, (unsigned char)*c);
	return out;
}

/* systemd.slice(5): "-" leads from slice to slice, so there is a name on both sides of it. */
static bool is_slice_name(const char *name)
{
	size_t len = strlen(name) - strlen(slice_suffix);

	if (!strcmp(name, root_slice))
		return true;
	return strlen(name) <= NAME_LENGTH_MAX && is_plain(name, len) && !strstr(name, "--") &&
	       !strchr("-.", name[0]) && name[len - 1] != '-';
}

/* The cgroup of a slice below that of the manager: "/a.slice/a-b.slice" for a-b.slice. */
static const char *slice_path(struct arena *a, const char *slice)
{
	size_t len = strlen(slice) - strlen(slice_suffix);
	const char *path = "";

	if (!strcmp(slice, root_slice))
		return path;
	for (size_t i = 0; i <= len; i++)
		if (i == len || slice[i] == '-')
			path = arena_printf(a, "%s/%.*s%s", path, (int)i, slice, slice_suffix);
	return path;
}

/* Three parts, and no more; false if they are not. @name may be empty, too. */
static bool parts_read(struct planner *p, const char *path, const char **slice, const char **prefix,
		       const char **name)
{
	char *text = arena_strdup(p->arena, path);

	*slice = strsep(&text, ":");
	*prefix = text ? strsep(&text, ":") : NULL;
	*name = text;
	return text && !strpbrk(path, "/") && !strchr(text, ':');
}

static void slice_choose(struct planner *p, const char *slice)
{
	struct unit_plan *unit = &p->plan->cgroup.unit;

	if (!*slice && unit->is_slice)
		unit->slice = NULL;	/* its place follows from its name */
	else if (!*slice)
		unit->slice = unit->user ? "user.slice" : "system.slice";
	else if (!strcmp(slice, "-"))
		unit->slice = root_slice;
	else if (is_slice(slice) && is_slice_name(slice))
		unit->slice = slice;
	else
		refuse(p, p->config->spec.linux, "cgroupsPath",
		       "must begin with the name of a slice, like system.slice, not with \"%s\"",
		       slice);
}

static void name_choose(struct planner *p, const char *prefix, const char *name)
{
	struct unit_plan *unit = &p->plan->cgroup.unit;

	unit->is_slice = is_slice(name);
	unit->name = name;
	if (!unit->is_slice)
		unit->name = arena_printf(p->arena, "%s-%s.scope",
					  escape(p->arena, *prefix ? prefix : "hull"),
					  escape(p->arena, *name ? name : p->plan->id));
	if (unit->is_slice && (!is_slice_name(name) || !strcmp(name, root_slice)))
		refuse(p, p->config->spec.linux, "cgroupsPath",
		       "\"%s\" cannot be the name of a slice", name);
	else if (strlen(unit->name) > NAME_LENGTH_MAX)
		refuse(p, p->config->spec.linux, "cgroupsPath",
		       "makes a unit name of %zu bytes, %s; at most %d are possible",
		       strlen(unit->name), unit->name, NAME_LENGTH_MAX);
}

/* ---- properties ---- */

struct unit_property *unit_property(struct arena *a, unit_properties *list, const char *name,
				    const char *type)
{
	struct unit_property *new;

	for_each (p, list)
		if (!strcmp(p->name, name))
			return p;
	new = list_add(a, list);
	new->name = name;
	new->type = type;
	return new;
}

void unit_text(struct arena *a, unit_properties *list, const char *name, const char *type,
	       const char *text)
{
	struct unit_property *p = unit_property(a, list, name, type);

	if (!p->items.n)
		list_add(a, &p->items)->text = text;
}

static void flag_set(struct planner *p, const char *name, bool value)
{
	unit_properties *list = &p->plan->cgroup.unit.properties;
	struct unit_property *property = unit_property(p->arena, list, name, "b");

	if (!property->items.n)
		list_add(p->arena, &property->items)->number = value;
}

/* Whatever the configuration says. What an annotation has set stays. */
static void constants_set(struct planner *p)
{
	struct unit_plan *unit = &p->plan->cgroup.unit;

	if (!unit->is_slice)
		unit_text(p->arena, &unit->properties, "Slice", "s", unit->slice);
	else if (unit->slice)
		unit_text(p->arena, &unit->properties, "Wants", "as", unit->slice);
	/* https://systemd.io/CGROUP_DELEGATION: only then are cgroups below it left to others. */
	if (!unit->is_slice)
		flag_set(p, "Delegate", true);
	flag_set(p, "DefaultDependencies", false);
	flag_set(p, "CPUAccounting", true);
	flag_set(p, "IOAccounting", true);
	flag_set(p, "MemoryAccounting", true);
	flag_set(p, "TasksAccounting", true);
	/* Else a container that was killed for want of memory leaves a failed unit behind. */
	unit_text(p->arena, &unit->properties, "CollectMode", "s", "inactive-or-failed");
}

/* systemd's are those of Delegate= in systemd.resource-control(5). */
static bool needs_another(const struct cgroup_plan *plan)
{
	static const char *const handed_on[] = { "cpu.",  "cpuset.", "io.", "memory.",
						 "pids.", "cgroup.", NULL };

	for_each (w, &plan->writes) {
		const char *const *known = handed_on;

		while (*known && strncmp(w->file, *known, strlen(*known)))
			known++;
		if (!*known)
			return true;
	}
	return false;
}

void unit_plan(struct planner *p)
{
	struct unit_plan *unit = &p->plan->cgroup.unit;

	if (p->plan->cgroup.manager != CGROUP_SYSTEMD)
		return;
	unit->all_controllers = needs_another(&p->plan->cgroup);
	unit_limits(p->arena, &p->plan->cgroup, &unit->properties);
	unit_annotations(p);
	constants_set(p);
}

void unit_place(struct planner *p, const char *path)
{
	const struct host *host = p->host;
	struct unit_plan *unit = &p->plan->cgroup.unit;
	const char *slice = "", *prefix = "", *name = "";

	unit->user = host->euid != 0 || (!host->init_userns && !host->systemd_ours);
	if (*path && !parts_read(p, path, &slice, &prefix, &name)) {
		refuse(p, p->config->spec.linux, "cgroupsPath",
		       "must have the form slice:prefix:name for systemd, is \"%s\"", path);
		return;
	}
	name_choose(p, prefix, name);
	slice_choose(p, slice);
	if (unit->user)			/* whose manager may be anywhere */
		return;
	if (unit->is_slice)
		p->plan->cgroup.path = slice_path(p->arena, name);
	else if (unit->slice)
		p->plan->cgroup.path = arena_printf(p->arena, "%s/%s",
						    slice_path(p->arena, unit->slice), unit->name);
}
