/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The copy of our own program that the child becomes before anybody in the
 * container could see it (CVE-2019-5736). It is filled while the child has
 * other things to do. We ourselves stay outside.
 */
#include "parent.h"

static struct err *copy_drop(struct live *live, struct err *err)
{
	close_p(&(int){ take_fd(&live->copy->fd) });
	return err;
}

/* Who enters namespaces that others are in must not come there as the file. */
static struct err *become_early(struct live *live)
{
	struct err *err;

	live->copy->whole = true;
	err = self_copy_fill(live->copy);
	err = copy_drop(live, err ? err : self_become(live->copy));
	live->copy = NULL;
	return err;
}

struct err *copy_make(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!self_may_become()) {	/* hull_seal() has seen to it */
		live->copy = NULL;
		return NULL;
	}
	err = self_copy_make(live->copy);
	if (!err && live->verbs & VERB_CREATE && plan->ns.join.n)
		err = become_early(live);
	return err;
}

struct err *copy_seal(const struct plan *plan, struct live *live)
{
	(void)plan;
	return live->copy ? copy_drop(live, self_copy_fill(live->copy)) : NULL;
}
