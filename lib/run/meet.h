/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_MEET_H
#define RUN_MEET_H

#include "hull/step.h"

/*
 * Where one side waits for the other: each wait costs the time until the
 * machine has let both run. Whether there is anything to wait for depends on
 * what both sides know, so both come to the same answer.
 */

/* The parent has something to do that the child must have begun for. */
bool begun_matters(const struct plan *plan, const struct live *live);

/* The child needs what the parent does for it before it goes on; else it has time until "saved". */
bool placed_matters(const struct plan *plan, const struct live *live);

/*
 * Nothing holds the child up before it is ready: no hook, and nobody who looks
 * at it. It has all privileges of the host until then. Otherwise it is held up.
 */
bool goes_through(const struct plan *plan, const struct live *live);

/*
 * Of one that is held up the parent loads the device filter: before it makes device
 * nodes, which the filter may forbid. In a user namespace of its own it cannot make
 * any: there it is filtered while it goes on.
 */
bool filtered_first(const struct plan *plan, const struct live *live);
bool filtered_later(const struct plan *plan, const struct live *live);

/*
 * The parent makes the network namespace while the child begins with its
 * mounts. It takes as long as all else that clone3(2) does. Not in a user
 * namespace: the network that we come from may belong to one above it, and then
 * there is no way back.
 */
bool network_apart(const struct plan *plan, const struct live *live);

/* The child becomes the copy that the parent fills. */
bool copied_matters(const struct plan *plan, const struct live *live);

/* The parent has something to do when the mounts are there, or the child afterwards. */
bool mounted_matters(const struct plan *plan, const struct live *live);

/* The parent tells somebody that all is there, or the child asks for more before its program. */
bool ready_matters(const struct plan *plan, const struct live *live);

/* In `run` "release" says it, too. */
bool saved_matters(const struct plan *plan, const struct live *live);

/* The two sides meet at row @s. */
struct err *meet(struct live *live, const struct step *s) MUST_CHECK;

/* @err ended the walk in the parent: if the child has failed by then, that was the cause. */
struct err *first_cause(const struct plan *plan, const struct live *live,
			struct err *err) MUST_CHECK;

#endif
