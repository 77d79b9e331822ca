/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_RESOURCES_H
#define PLAN_RESOURCES_H

#include "rooms.h"

/* linux.resources but its devices, as writes to the files of the container's cgroup, in order. */
void resources_plan(struct planner *p, const struct oci_resources *r);

/* Its last part: linux.resources.unified. */
void unified_plan(struct planner *p, const struct oci_resources *r);

#define add_write(p, ...) \
	(*list_add((p)->arena, &(p)->plan->cgroup.writes) = (struct cgroup_write){ __VA_ARGS__ })

/* Whether each of them has its controller on this host, and none contradicts another. */
void writes_check(struct planner *p);

/* Whether the write asks for what the kernel does anyway, so that its file may be missing. */
bool write_is_neutral(const struct cgroup_write *w);

/* cpu.weight (1 to 10000, usually 100) for cpu.shares of v1 (2 to 262144, usually 1024). */
unsigned weight_of_shares(uint64_t shares);

#endif
