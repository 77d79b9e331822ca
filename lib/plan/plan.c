/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration, a request and the facts about the host to a plan. */
#include <sched.h>

#include "rooms.h"

/* A room may use what those before it decided. */
static void (*const rooms[])(struct planner *p) = {
	namespaces_plan,    idmap_plan,	 mounts_plan, devices_plan, cgroup_plan,
	device_filter_plan, unit_plan,	 rdt_plan,    netdev_plan,  sysctl_plan,
	process_plan,	    notify_plan, sched_plan,  creds_plan,   seccomp_plan,
};

/* The rooms that a further process in a container passes. */
static void (*const exec_rooms[])(struct planner *p) = {
	namespaces_plan, idmap_plan, process_plan, sched_plan, creds_plan, seccomp_plan,
};

enum { FIRST_FD = 3 };		/* behind stdin, stdout and stderr */

/* Through @n rooms, one after the other; each adds what it finds. */
static void plan_by(void (*const *enter)(struct planner *p), size_t n, struct planner *p)
{
	const struct request *request = p->request;

	*p->plan = (struct plan){
		.doc = &p->config->doc,
		.spec = &p->config->spec,
		.id = request->id,
		.bundle = request->bundle,
		.new_keyring = !request->no_new_keyring,
		.cloexec_from = FIRST_FD + request->preserve_fds + request->listen_fds,
	};
	for (size_t i = 0; i < n; i++)
		enter[i](p);
}

struct err *plan_make(struct arena *a, const struct config *config, const struct request *request,
		      const struct host *host, findings *found, struct plan *plan)
{
	struct planner p = { a, config, request, host, found, plan };

	plan_by(rooms, countof(rooms), &p);
	/* config.md, "execCPUAffinity": it is for processes that come later. */
	plan->sched.affinity = (struct affinity_plan){ 0 };
	return findings_error(found, config->doc.name);
}

struct err *plan_exec(struct arena *a, const struct config *config, const struct request *request,
		      const struct host *host, findings *found, struct plan *plan)
{
	struct planner p = { a, config, request, host, found, plan };

	plan_by(exec_rooms, countof(exec_rooms), &p);
	/*
	 * The namespaces are there, and joined by way of the container's process, which may have
	 * moved to others meanwhile. But for a user namespace: in one that it made for itself we
	 * would lose what the container's own gives.
	 */
	plan->ns.own |= host->other_ns & ~CLONE_NEWUSER;
	plan->ns.own &= ~host->same_ns;
	plan->ns.make = 0;
	plan->ns.join.n = 0;
	plan->ns.uid_map = plan->ns.gid_map = plan->ns.time_offsets = NULL;
	return findings_error(found, config->doc.name);
}
