/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_STEP_H
#define HULL_STEP_H

#include "hull/live.h"
#include "hull/plan.h"

/*
 * Bringing a container up is one list of steps. Two processes walk the same
 * list from the top: each performs the rows of its own side and skips the
 * other's. At a CHILD_FIRST row the parent waits until the child has arrived,
 * at a PARENT_FIRST row the child until the parent has; else each goes on
 * as fast as it can.
 *
 * A step that fails ends the walk on both sides; then all that the record
 * names is undone, last first. `delete` undoes the same rows.
 */
enum { VERB_CREATE = 1 << 0, VERB_START = 1 << 1, VERB_EXEC = 1 << 2 };	/* run: CREATE | START */

struct step {
	const char *name;
	enum side side;
	unsigned verbs;
	struct err *(*apply)(const struct plan *plan, struct live *live);
	/*
	 * Takes back what the record says was made. Done in the parent, also
	 * by `delete` in another process: it may rely on the record alone.
	 * Nothing made is no error.
	 */
	struct err *(*undo)(const struct undo *undo);
	/* Whether the row matters for this plan. NULL: always. Both sides say the same of a meeting. */
	bool (*matters)(const struct plan *plan, const struct live *live);
};

/* The list; ends with a NULL name. */
extern const struct step steps[];

/*
 * Performs every row of live->verbs from the top; in the child it does not
 * return. The error is that of the side that failed.
 */
struct err *walk(const struct step *list, const struct plan *plan, struct live *live) MUST_CHECK;

/*
 * Takes everything back that the record names, from the bottom to the top:
 * for a walk that failed, and for `delete`. All rows are tried; the first
 * error is returned, the others are warned of. Those who come last, the
 * record and its hooks, see in undo->incomplete that it is not the end.
 */
struct err *unwind(const struct step *list, const struct undo *undo) MUST_CHECK;

#endif
