/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letting a created container go. After `create` the child listens on a
 * socket in the state directory; `start` connects, and from then on the two
 * are the sides of a walk as in `run`. So `start` hears why the program could
 * not be executed, and knows when it was.
 */
#include "parent.h"

#include <errno.h>

#include "../run/patience.h"
#include "../run/sync.h"
#include "hull/sys.h"

struct err *start_listen(const struct plan *plan, struct live *live)
{
	(void)plan;
	if (live->verbs & VERB_START)
		return NULL;	/* `run`: we are there ourselves */
	return socket_listen(&live->store->dir, "start", &live->start);
}

struct err *start_release(const struct plan *plan, struct live *live)
{
	struct err *err;

	(void)plan;
	live->record->started = true;
	err = record_save(live->store, live->record);
	return err ? err : sync_arrive(live->sync, "release", live->pid);
}

static struct err *announce_await(struct live *live)
{
	struct err *err = child_await(live, live->sync);

	return err ? err : sync_wait(live->sync, "announce", NULL);
}

struct err *start_confirm(const struct plan *plan, struct live *live)
{
	struct err *err;

	(void)plan;
	/* `run` is the parent, and sees below how it ended; `start` may come too late for that. */
	err = live->verbs & VERB_CREATE ? NULL : announce_await(live);
	if (!err)
		err = child_await(live, live->sync);
	if (!err)
		err = sync_wait_end(live->sync);
	/* Whoever dies closes its sockets, too: by a signal of its filter, for one. */
	if (!err && process_never_executed(live->pid))
		err = err_new(ECHILD, "it ended before it had executed the program");
	if (err || live->verbs & VERB_CREATE)
		return err;		/* `run`: mostly over before anybody looks */
	/* It spares who looks later a question to the process: no more depends on it. */
	err_free(record_executed(live->store, live->record));
	return NULL;
}
