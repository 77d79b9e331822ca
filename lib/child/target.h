/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHILD_TARGET_H
#define CHILD_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "hull/plan.h"
#include "hull/step.h"

/*
 * Where something is mounted. Words were checked by the planner; here is
 * checked what they lead to, on the descriptor on which it will be mounted.
 */

/* @path must be a directory, if anything, and no link to one. */
struct err *target_plain(const struct live *live, const char *path) MUST_CHECK;

/* Mounts on a target, if it is neither the kernel's nor seen by the host. */
struct err *target_attach(const struct plan *plan, const struct live *live, int mount, int target,
			  const char *path) MUST_CHECK;

/* Refuses a target in a mount that is shared with the host. @inside: after the pivot. */
struct err *target_private(const struct plan *plan, const struct live *live, int target,
			   const char *path, bool inside) MUST_CHECK;

/* Whether mount @id has a peer group. Text as in proc(5); a mount that is not in it counts as shared. */
bool mountinfo_shared(const char *mountinfo, uint64_t id);

#endif
