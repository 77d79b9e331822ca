/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHILD_MOUNTS_H
#define CHILD_MOUNTS_H

#include "hull/step.h"

/* binds.c; @mount is the source, if the parent has opened it, else -1. */
struct err *bind_make(const struct plan *plan, const struct live *live, const struct mount_action *m,
		      int *mount) MUST_CHECK;

/* mounts.c: shared, slave and so on, in the order of the options. */
struct err *mount_propagate(const struct mount_action *m, int mount) MUST_CHECK;

#endif
