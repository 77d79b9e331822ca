/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces are made, which are joined and in which order; the clocks of a new one. */
#include "rooms.h"

#include <sched.h>
#include <string.h>

/*
 * In the order in which they are joined. The user namespace comes first: being
 * in it gives the privileges that the others, which it owns, ask for. The
 * mount namespace comes last: joining it changes the root and with it what
 * every path means.
 */
/* clang-format off */
const struct ns_kind ns_kinds[] = {
	{ "user",    "user",   CLONE_NEWUSER   },
	{ "pid",     "pid",    CLONE_NEWPID    },
	{ "time",    "time",   CLONE_NEWTIME   },
	{ "ipc",     "ipc",    CLONE_NEWIPC    },
	{ "uts",     "uts",    CLONE_NEWUTS    },
	{ "network", "net",    CLONE_NEWNET    },
	{ "cgroup",  "cgroup", CLONE_NEWCGROUP },
	{ "mount",   "mnt",    CLONE_NEWNS     },
	{ 0 }
};
/* clang-format on */

/* NULL: the configuration does not list it, so it is shared with the runtime. */
static const struct oci_namespace *namespace_find(const struct oci_linux *lin, const char *type)
{
	for_each (ns, &lin->namespaces)
		if (ns->type && !strcmp(ns->type, type))
			return ns;
	return NULL;
}

/* See time_namespaces(7), /proc/PID/timens_offsets. */
static const char *offsets_text(struct arena *a, const struct oci_linux *lin)
{
	const char *text = "";

	for_each (t, &lin->time_offsets)
		text = arena_printf(a, "%s%s %lld %u\n", text, t->key, (long long)t->secs,
				    t->nanosecs);
	return *text ? text : NULL;
}

/* What is set in a namespace that only seems to be the container's would be the host's. */
static void shared_refuse(struct planner *p, const struct oci_linux *lin)
{
	const struct oci_spec *spec = &p->config->spec;
	const struct {
		int flag;
		bool wanted;
		const void *owner;
		const char *member;
	} table[] = {
		{ CLONE_NEWUTS, spec->hostname && *spec->hostname, spec, "hostname" },
		{ CLONE_NEWUTS, spec->domainname && *spec->domainname, spec, "domainname" },
		{ CLONE_NEWNS, lin->masked_paths.n, lin, "maskedPaths" },
		{ CLONE_NEWNS, lin->readonly_paths.n, lin, "readonlyPaths" },
		{ CLONE_NEWNET, lin->net_devices.n, lin, "netDevices" },
	};

	for (size_t i = 0; i < countof(table); i++)
		if (p->host->shared_ns & table[i].flag && table[i].wanted)
			refuse(p, table[i].owner, table[i].member,
			       "would change the host: the namespace that is joined is its own");
}

void namespaces_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	struct ns_plan *plan = &p->plan->ns;

	if (!lin)
		return;
	for (const struct ns_kind *kind = ns_kinds; kind->type; kind++) {
		const struct oci_namespace *ns = namespace_find(lin, kind->type);

		/* Joining what we are in means to stay there. */
		if (!ns || (ns->path && p->host->shared_ns & kind->flag))
			continue;
		plan->own |= kind->flag;
		/* config-linux.md: a namespace with a path is joined, not made. */
		if (ns->path)
			*list_add(p->arena, &plan->join) = (struct ns_join){
				.kind = kind,
				.path = ns->path,
				.from = ns,
			};
		else
			plan->make |= kind->flag;
	}
	shared_refuse(p, lin);
	if (plan->make & CLONE_NEWTIME)
		plan->time_offsets = offsets_text(p->arena, lin);
}
