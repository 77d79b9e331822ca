/* SPDX-License-Identifier: Apache-2.0 */
/* Where the container's cgroup is, and what is written to its files. */
#include "rooms.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "resources.h"
#include "unit.h"

/* config-linux.md: the same value names the same place, whoever calls. */
#define CGROUP_BASE "/hull"

/* Whether what systemd calls a cgroup: slice:prefix:name. */
static bool is_unit(const char *path)
{
	const char *colon = *path == '/' ? NULL : strchr(path, ':');

	return colon && strchr(colon + 1, ':');
}

/* "a/b": no empty component, none that is "." or "..". */
static bool is_plain(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (!len || (len <= 2 && !strncmp(path, "..", len)))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

/* The configuration names a path. */
static const char *path_named(struct planner *p, const char *path)
{
	bool absolute = *path == '/';

	if (is_unit(path))
		caution(p, p->config->spec.linux, "cgroupsPath",
			"has the form slice:prefix:name, but without --systemd-cgroup it is a path");
	if (!is_plain(path + absolute)) {
		refuse(p, p->config->spec.linux, "cgroupsPath",
		       "must be a path without empty components, \".\" and \"..\", is \"%s\"",
		       path);
		return NULL;
	}
	return absolute ? path : arena_printf(p->arena, CGROUP_BASE "/%s", path);
}

/*
 * It names none. The id is decorated so that it is not taken for a file of
 * the kernel ("cpu.max") nor for another container's path.
 *
 * Who is not root may have been given a tree of cgroups, in which we are. A
 * container without limits goes below our own cgroup. To be limited it needs
 * controllers, which a cgroup with processes cannot hand on, and ours has us:
 * so it goes beside it, as runc and crun do.
 */
static const char *path_default(struct planner *p)
{
	const struct host *host = p->host;
	bool privileged = host->euid == 0 && host->init_userns;
	size_t len;

	if (privileged)
		return arena_printf(p->arena, "/hull-%s", p->plan->id);
	if (!host->cgroup_self && p->plan->cgroup.required)
		refuse(p, p->config->spec.linux, "resources",
		       "our own cgroup is outside of what is mounted at %s, and linux.cgroupsPath "
		       "names no other place",
		       host->cgroup_root);
	if (!host->cgroup_self)
		return NULL;
	len = strlen(host->cgroup_self);
	if (p->plan->cgroup.writes.n || len == 1)
		len = (size_t)(strrchr(host->cgroup_self, '/') - host->cgroup_self);
	return arena_printf(p->arena, "%.*s/hull-%s", (int)len, host->cgroup_self, p->plan->id);
}

/* --cgroup-manager=disabled: nothing is limited, which is only right if nothing had to be. */
static void disabled_plan(struct planner *p)
{
	struct cgroup_plan *plan = &p->plan->cgroup;

	for_each (w, &plan->writes)
		if (!write_is_neutral(w))
			refuse(p, w->from, w->member,
			       "cannot be applied with "
			       "--cgroup-manager=disabled");
	plan->writes.n = 0;
	if (plan->sub)
		refuse(p, plan->sub, NULL, "there is no cgroup with --cgroup-manager=disabled");
	if (plan->delegated)
		refuse(p, plan->delegated, NULL,
		       "there is no cgroup with --cgroup-manager=disabled");
}

/* config-linux.md, "Cgroup ownership": a mount of the cgroup that may be written. */
static bool is_delegated(const struct oci_spec *spec)
{
	for_each (m, &spec->mounts) {
		bool readonly = false;

		if (!m->source || strcmp(m->source, "cgroup") ||
		    strcmp(m->destination, "/sys/fs/cgroup"))
			continue;
		for_each (option, &m->options)
			readonly |= !strcmp(*option, "ro");
		if (!readonly)
			return true;
	}
	return false;
}

/* Only in a new cgroup namespace is nothing but the container's own tree to be seen. */
static void owner_plan(struct planner *p)
{
	const struct oci_spec *spec = &p->config->spec;
	const struct oci_user *user = spec->process ? spec->process->user : NULL;
	int64_t id;
	uid_t *owner;

	if (p->host->euid != 0 || !(p->plan->ns.make & CLONE_NEWCGROUP) || !is_delegated(spec))
		return;
	/* Whose id that is outside, only a user namespace that is joined by path knows. */
	if (p->plan->ns.own & CLONE_NEWUSER && !spec->linux->uid_mappings.n)
		return;
	id = idmap_host(&spec->linux->uid_mappings, user ? user->uid : 0);
	if (id <= 0)			/* root owns it anyway; who is not mapped is refused */
		return;
	owner = arena_new(p->arena, uid_t);
	*owner = (uid_t)id;
	p->plan->cgroup.owner = owner;
}

/* crun's annotation: a cgroup below, by its name; an empty one asks for none. */
static const struct json_pair *sub_read(struct planner *p, const char *key)
{
	for_each (pair, &p->config->spec.annotations) {
		if (strcmp(pair->key, key) || !*pair->value)
			continue;
		if (is_plain(pair->value) && !strchr(pair->value, '/'))
			return pair;
		refuse(p, pair, NULL, "must be the name of a cgroup, is \"%s\"", pair->value);
	}
	return NULL;
}

static void sub_plan(struct planner *p)
{
	struct cgroup_plan *plan = &p->plan->cgroup;

	plan->sub = sub_read(p, "run.oci.systemd.subgroup");
	plan->delegated = sub_read(p, "run.oci.delegate-cgroup");
}

void cgroup_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	const char *path = lin && lin->cgroups_path ? lin->cgroups_path : "";
	struct cgroup_plan *plan = &p->plan->cgroup;

	plan->manager = p->request->cgroup_manager;
	if (lin && lin->resources)
		resources_plan(p, lin->resources);
	sub_plan(p);
	if (plan->manager == CGROUP_DISABLED) {
		disabled_plan(p);
		return;
	}

	owner_plan(p);
	plan->required = *path || plan->writes.n || plan->sub || plan->delegated ||
			 plan->manager == CGROUP_SYSTEMD;
	if (p->host->cgroup_root && plan->manager == CGROUP_SYSTEMD)
		unit_place(p, path);
	else if (p->host->cgroup_root)
		plan->path = *path ? path_named(p, path) : path_default(p);
	else if (plan->required || p->host->euid == 0)
		refuse(p, &p->config->spec, "linux",
		       "no cgroup2 hierarchy is mounted on this host: "
		       "mount one, or use --cgroup-manager=disabled");
}
