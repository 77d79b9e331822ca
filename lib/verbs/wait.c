/* SPDX-License-Identifier: Apache-2.0 */
/* wait: until a container has ended, and with which status. */
#include "verbs.h"

#include <errno.h>

#include "hull/sys.h"

static struct err *unknown(void)
{
	struct err *err = err_new(ENODATA, "the container has ended, but its status is not known");

	return err_set(err, ERR_HINT,
		       "it is if `run --keep` or `wait` was there when it ended, the latter "
		       "since Linux 6.15");
}

/* What whoever stood by has written down. */
static bool recorded(struct arena *a, const struct store *store, int *status)
{
	struct record now = { 0 };
	auto_err struct err *err = record_load(a, store, &now);

	if (!err && now.exit_status)
		*status = *now.exit_status;
	return !err && now.exit_status;
}

static struct err *wait_one(const struct hull *h, const char *id, int *status)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_fd int pidfd = -1;
	struct record record = { 0 };
	struct err *err = container_open(&a, h, id, false, &store, &record);

	if (err)
		return err;
	if (record.exit_status) {
		*status = *record.exit_status;
		return NULL;
	}
	err = record_pidfd(&record, &pidfd);
	if (err_code(err) == ESRCH) {
		err_free(err);
		return unknown();
	}
	if (!err)
		err = pidfd_wait(pidfd, -1); /* that is what we were asked for */
	if (!err)
		err = pidfd_status(pidfd, status);
	if (err_code(err) != ENODATA)
		return err;
	err_free(err);
	return recorded(&a, &store, status) ? NULL : unknown();
}

struct err *hull_wait(const struct hull *h, const char *id, int *status)
{
	return verb_failed(wait_one(h, id, status), "wait", id);
}
