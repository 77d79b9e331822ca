/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of the cgroup2 hierarchy. */
#ifndef HULL_SYS_CGROUP_FLAGS_H
#define HULL_SYS_CGROUP_FLAGS_H

#include "hull/err.h"

/*
 * cgroup-v2.rst, "Mounting": flags like nsdelegate are the whole system's. Whoever
 * mounts or reconfigures a cgroup2 in the initial cgroup namespace sets them all, and
 * those that he does not name are gone for everybody. *flags: what to name so that
 * they stay, "nsdelegate,memory_recursiveprot"; NULL if we cannot change them. The
 * caller frees it.
 */
struct err *cgroup_flags_find(char **flags) MUST_CHECK;

#endif
