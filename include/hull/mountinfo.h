/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_MOUNTINFO_H
#define HULL_MOUNTINFO_H

#include "hull/mem.h"

/*
 * Where a file system of @fstype is mounted in our mount namespace: of those
 * that nothing is mounted over the first that shows all of it and may be
 * written, or else comes nearest to that; NULL if there is none.
 * ENOENT: the library that reads the list is not installed.
 */
struct err *mountinfo_find(struct arena *a, const char *fstype, const char **path) MUST_CHECK;

#endif
