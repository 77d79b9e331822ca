/* SPDX-License-Identifier: Apache-2.0 */
/* start: lets a created container's program run, and hears how that went. */
#include "verbs.h"

#include <errno.h>
#include <string.h>

#include "../parent/notify.h"
#include "../run/hooks.h"
#include "../run/patience.h"
#include "hull/sys.h"

/* Whoever listens is the container's process that waits; else it has started or ended. */
static struct err *knock(const struct store *s, const struct record *r, int *sync)
{
	enum status status = record_status(r);
	struct err *err;

	if (status == STATUS_STOPPED)
		return err_new(EINVAL, "cannot start a container that has stopped");
	if (status == STATUS_PAUSED)
		return err_set(err_new(EBUSY, "cannot start a container in the paused state"),
			       ERR_HINT, "resume it");
	if (status == STATUS_CREATING)
		return err_new(EINVAL, "cannot start a container that is not created yet");
	err = socket_connect(&s->dir, "start", sync);
	if (err_code(err) != ECONNREFUSED && err_code(err) != ENOENT)
		return err;
	err_free(err);
	return err_new(EINVAL, "cannot start an already running container");
}

/* runtime.md, "Lifecycle": a failing hook stops and destroys the container. */
static bool destroys(const struct err *err)
{
	const char *step = err_get(err, ERR_STEP);

	return step && !strncmp(step, "hooks-", 6);
}

static struct err *start(const struct hull *h, const char *id)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_err struct err *undone = NULL;
	auto_fd int sync = -1;
	auto_fd int trace = -1;
	auto_notify struct notify notify = NOTIFY_NONE;
	struct record record = { 0 };
	struct undo undo = { &record, &store, h->warn, true };
	struct live live = {
		.side = PARENT, .verbs = VERB_START, .warn = h->warn, .arena = &a,
		.store = &store, .record = &record, .start = -1, .cgroup = -1,
		.console = -1, .listener = -1, .pidfd = -1, .null = -1,
	};
	struct err *err = container_open(&a, h, id, true, &store, &record);

	if (!err)
		err = interrupts_hold(true);
	if (!err)
		err = trace_open(h, &trace);
	if (!err)
		err = knock(&store, &record, &sync);
	if (err)
		return err;
	live.sync = sync;
	live.trace = trace;
	live.pid = record.pid;
	live.patience_ms = PATIENCE_CREATE_MS;
	if (record.hooks)
		live.patience_ms = hooks_patience(&record.hooks->start_container, live.patience_ms);
	live.notify = notify_init(&notify, &record, true);
	err = walk(steps, NULL, &live);
	if (destroys(err))
		undone = unwind(steps, &undo);
	if (undone)
		h->warn(err_text(undone));
	return err;
}

struct err *hull_start(const struct hull *h, const char *id)
{
	return verb_failed(start(h, id), "start", id);
}
