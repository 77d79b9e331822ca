/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERBS_VERBS_H
#define VERBS_VERBS_H

#include "hull/hull.h"
#include "hull/plan.h"
#include "hull/state.h"
#include "hull/step.h"

/* What the verbs share. */

/* The state directory that @h means. Arena. */
const char *root_of(struct arena *a, const struct hull *h);

/* The record of a container, for who needs no more of it; in it is the state of a moment. */
struct err *record_find(struct arena *a, const struct hull *h, const char *id,
			struct record *record) MUST_CHECK;

/* Opens a container and its record; with @lock for changing it. */
struct err *container_open(struct arena *a, const struct hull *h, const char *id, bool lock,
			   struct store *store, struct record *record) MUST_CHECK;

/* The container's configuration: as it was at `create`, with what `update` changed since. */
struct err *config_load(struct arena *a, const struct store *store, struct config *config)
	MUST_CHECK;

/* Adds which command on which container failed. */
struct err *verb_failed(struct err *err, const char *verb, const char *id) MUST_CHECK;

/*
 * What `exec` shall run, as the document would have it, which may become
 * another one; what comes from options has their names there.
 */
struct err *exec_process(struct arena *a, const struct hull_exec *e, struct config *config,
			 findings *found, struct oci_process *process) MUST_CHECK;

/* Now, in RFC 3339. Arena. */
char *time_now(struct arena *a);

/*
 * Writes into the record how a container has ended; one that is deleted has
 * none. @oom_kills: so many the kernel has killed for want of memory.
 */
struct ending;
struct err *ending_keep(struct arena *a, struct store *store, struct record *r,
			const struct ending *ending, uint64_t oom_kills) MUST_CHECK;

/* Tells who sees no more than a status of 137 that it was for want of memory. */
void warn_oom(const struct hull *h, uint64_t kills);

/* Tells if not all that an attached process has written arrived: a full disk, mostly. */
void warn_lost(const struct hull *h, const struct ending *ending);

/* The state document of a container that does that. */
void state_read(struct arena *a, const struct record *r, enum status status, struct oci_state *doc);

/* --dry-run: completes the plan, and prints it. */
struct err *plan_show(struct arena *a, struct plan *plan, enum hull_print how,
		      char **text) MUST_CHECK;

/* Opens --trace, if there is one. */
struct err *trace_open(const struct hull *h, int *fd) MUST_CHECK;

/* `create` by another list than steps[]: tests let each of its rows fail. */
struct err *create_by(const struct step *list, const struct hull *h, const struct hull_create *req,
		      char **plan) MUST_CHECK;

/* "TERM", "sigterm", "15", "RTMIN+1" to a number. */
struct err *signal_parse(const char *name, int *number) MUST_CHECK;

#endif
