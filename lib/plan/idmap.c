/* SPDX-License-Identifier: Apache-2.0 */
/* The maps of a new user namespace: their text, and who is allowed to write them. */
#include "rooms.h"

#include <sched.h>

const char *idmap_text(struct arena *a, const oci_id_maps *maps)
{
	const char *text = "";

	for_each (m, maps)
		text = arena_printf(a, "%s%u %u %u\n", text, m->container, m->host, m->size);
	return text;
}

int64_t idmap_host(const oci_id_maps *maps, uint32_t id)
{
	if (!maps->n)
		return id;
	for_each (m, maps)
		if (id >= m->container && id - m->container < m->size)
			return (int64_t)m->host + (id - m->container);
	return -1;
}

/* The one map that user_namespaces(7) lets everybody write: our own id and nothing else. */
static bool map_is_own(const oci_id_maps *maps, uint32_t id)
{
	return maps->n == 1 && maps->v[0].host == id && maps->v[0].size == 1;
}

void idmap_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	struct ns_plan *plan = &p->plan->ns;

	/* What is joined has its maps, which nobody can change: they must be those. */
	if (lin && !(plan->make & CLONE_NEWUSER)) {
		plan->joined_uid_map = lin->uid_mappings.n ?
			idmap_text(p->arena, &lin->uid_mappings) : NULL;
		plan->joined_gid_map = lin->gid_mappings.n ?
			idmap_text(p->arena, &lin->gid_mappings) : NULL;
	}
	if (!(plan->make & CLONE_NEWUSER))
		return;
	plan->uid_map = idmap_text(p->arena, &lin->uid_mappings);
	plan->gid_map = idmap_text(p->arena, &lin->gid_mappings);

	if (p->host->euid == 0)
		return;
	if (map_is_own(&lin->uid_mappings, p->host->euid) &&
	    map_is_own(&lin->gid_mappings, p->host->egid)) {
		/* Since Linux 3.19 (CVE-2014-8989) the group map is only accepted after this. */
		plan->deny_setgroups = true;
		return;
	}
	plan->map_by_helper = true;
	if (!p->host->newuidmap || !p->host->newgidmap)
		refuse(p, lin, "uidMappings",
		       "only newuidmap(1) and newgidmap(1) may map these "
		       "ids for an ordinary user: install the package uidmap (or shadow-utils)");
}
