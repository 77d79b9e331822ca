/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_ROOMS_H
#define PLAN_ROOMS_H

#include "hull/cpu_list.h"
#include "hull/plan.h"

/*
 * The rooms of the planner, in the order in which plan_make() enters them.
 * Each reads the configuration and what earlier rooms decided, writes its
 * part of the plan, and adds what cannot be done to p->found. None fails
 * otherwise, so that all findings come out at once.
 */
struct planner {
	struct arena *arena;
	const struct config *config;
	const struct request *request;
	const struct host *host;
	findings *found;
	struct plan *plan;
};

void namespaces_plan(struct planner *p);	/* plan->ns but its maps */
void idmap_plan(struct planner *p);		/* the maps of plan->ns */
void mounts_plan(struct planner *p);		/* plan->rootfs but its devices */
void devices_plan(struct planner *p);		/* plan->rootfs.devices */
void cgroup_plan(struct planner *p);		/* plan->cgroup but its device filter */
void device_filter_plan(struct planner *p);	/* plan->cgroup.devices */
void unit_plan(struct planner *p);		/* plan->cgroup.unit.properties */
void rdt_plan(struct planner *p);		/* plan->rdt */
void netdev_plan(struct planner *p);		/* plan->net_devices */
void sysctl_plan(struct planner *p);		/* plan->sysctls */
void process_plan(struct planner *p);		/* plan->exec, rlimits, tty, labels, oom_score_adj */
void notify_plan(struct planner *p);		/* a mount and a variable */
void sched_plan(struct planner *p);		/* plan->sched */
void creds_plan(struct planner *p);		/* plan->cred */
void seccomp_plan(struct planner *p);		/* plan->seccomp */

/* Parts of rooms: all that `update` may change. */
void limits_plan(struct planner *p);		/* process_plan: plan->rlimits, oom_score_adj */
void exec_affinity_plan(struct planner *p);	/* sched_plan: plan->sched.affinity */
void rdt_writes_plan(struct planner *p);	/* rdt_plan: plan->rdt.writes */

/* Their lines of the sheet that plan_print() fills. */
struct sheet;
void unit_print(struct sheet *s, const struct plan *plan);
void unit_properties_print(struct sheet *s, const struct plan *plan);
void cgroup_writes_print(struct sheet *s, const struct plan *plan);
void limits_print(struct sheet *s, const struct plan *plan);
void affinity_print(struct sheet *s, const struct plan *plan);
void rdt_writes_print(struct sheet *s, const struct plan *plan);
void rdt_print(struct sheet *s, const struct plan *plan);
void netdev_print(struct sheet *s, const struct plan *plan);

/* A finding about @value's member @member; see finding_add. */
#define refuse(p, value, member, ...) \
	finding_add((p)->arena, (p)->found, &(p)->config->doc, value, member, false, __VA_ARGS__)
#define caution(p, value, member, ...) \
	finding_add((p)->arena, (p)->found, &(p)->config->doc, value, member, true, __VA_ARGS__)

/* The value that @name has in @table; false if it has none. */
bool name_lookup(const struct name_value *table, const char *name, unsigned long *value);

/* The kernel's text for a user namespace's map ("0 1000 1\n…"). Arena. */
const char *idmap_text(struct arena *a, const oci_id_maps *maps);

/* The host's id for one of the container's; the id itself without maps; -1 if it has none. */
int64_t idmap_host(const oci_id_maps *maps, uint32_t id);

#endif
