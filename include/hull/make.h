/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_MAKE_H
#define HULL_MAKE_H

#include "hull/dir.h"

/* Making and removing what is not a plain file. Names are single components; no link is followed. */

/* mkdir(2); EEXIST: something has this name already. */
struct err *directory_make(const struct dir *d, const char *name, mode_t mode) MUST_CHECK;

/* rmdir(2); what is not there is no error. */
struct err *directory_remove(const struct dir *d, const char *name) MUST_CHECK;

/*
 * A device node or fifo with exactly this mode and owner. If something is
 * there already it must be the same kind and device (else EEXIST); then only
 * mode and owner are set.
 */
struct err *node_make(const struct dir *d, const char *name, mode_t mode, dev_t dev, uid_t uid,
		      gid_t gid) MUST_CHECK;

/* A symbolic link; @replace: instead of what is there, else that stays. */
struct err *link_make(const struct dir *d, const char *name, const char *to, bool replace)
	MUST_CHECK;

/*
 * A symbolic link's text, in the arena; NULL: it is none. In @rel may stand
 * directories before its name, if nobody but us can change those.
 */
char *link_text(struct arena *a, const struct dir *d, const char *rel);

/*
 * Copies what is in directory @from into @to, which nobody else may see yet:
 * types, modes, owners, times, links of both kinds, xattrs. Devices that may
 * not be made are left out; owners without an id here become us. @alive hears
 * of every file, and of large ones again and again.
 */
struct err *tree_copy(const struct dir *from, const struct dir *to,
		      void (*alive)(void *data, const char *path), void *data) MUST_CHECK;

#endif
