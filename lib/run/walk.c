/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over the list of steps, on both sides: see step.h. */
#include <stdio.h>

#include "hull/fd.h"
#include "hull/step.h"
#include "hull/sys.h"
#include "meet.h"
#include "sync.h"

static bool is_meeting(const struct step *s)
{
	return s->side == CHILD_FIRST || s->side == PARENT_FIRST;
}

static bool is_mine(const struct plan *plan, const struct live *live, const struct step *s)
{
	if (!(s->verbs & live->verbs))
		return false;
	return (is_meeting(s) || s->side == live->side) && (!s->matters || s->matters(plan, live));
}

/* One line of JSON a step: what --trace wants. */
static void trace(const struct live *live, const struct step *s, enum side side, uint64_t start)
{
	char line[256];
	uint64_t end = now_us();
	int n = snprintf(line, sizeof(line),
			 "{\"us\":%llu,\"pid\":%d,\"side\":\"%s\",\"step\":\"%s\",\"took_us\":%llu}\n",
			 (unsigned long long)start, getpid(), side == CHILD ? "child" : "parent",
			 s->name, (unsigned long long)(end - start));

	/* A trace that cannot be written must not change what happens. */
	err_free(fd_write_all(live->trace, "trace", line, (size_t)n));
}

static struct err *perform(const struct step *s, const struct plan *plan, struct live *live)
{
	uint64_t start = live->trace >= 0 ? now_us() : 0;
	enum side side = live->side;	/* spawn returns on both */
	struct err *err;

	if (side == CHILD)
		words_name(live->words, s->name);
	err = is_meeting(s) ? meet(live, s) : s->apply(plan, live);
	if (live->trace >= 0)
		trace(live, s, side, start);
	if (!err)
		return NULL;
	/* What the other side reports has its step already. */
	if (!err_get(err, ERR_STEP))
		err = err_add(err, "%s", s->name);
	return err_set(err, ERR_STEP, "%s", s->name);
}

/* The child has nowhere to return to: it tells the parent and ends. */
static _Noreturn void child_end(struct live *live, struct err *err)
{
	if (err && live->sync >= 0)
		sync_fail(live->sync, err);
	else if (err && live->words)
		words_leave(live->words, err);
	process_end(err ? 1 : 0);
}

struct err *walk(const struct step *list, const struct plan *plan, struct live *live)
{
	const struct step *s;
	struct err *err = NULL;

	for (s = list; s->name && !err; s++)
		if (is_mine(plan, live, s))
			err = perform(s, plan, live);
	if (live->side == CHILD)
		child_end(live, err);
	return err ? first_cause(plan, live, err) : NULL;
}

struct err *unwind(const struct step *list, const struct undo *undo)
{
	const struct step *end = list;
	struct undo u = *undo;
	struct err *first = NULL;

	while (end->name)
		end++;
	while (end-- > list) {
		struct err *err = end->undo ? err_add(end->undo(&u), "%s", end->name) : NULL;

		if (first && err)
			undo->warn(err_text(err));
		if (first)
			err_free(err);
		else
			first = err;
		u.incomplete = first != NULL;
	}
	return first;
}
