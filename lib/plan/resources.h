/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_RESOURCES_H
#define PLAN_RESOURCES_H

#include "rooms.h"

/* linux.resources but its devices, as writes to the files of the container's cgroup, in order. */
void resources_plan(struct planner *p, const struct oci_resources *r);

/* cpu.weight (1 to 10000, usually 100) for cpu.shares of v1 (2 to 262144, usually 1024). */
unsigned weight_of_shares(uint64_t shares);

#endif
