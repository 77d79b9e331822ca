/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the child: it waits for its start and becomes the program. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../run/sync.h"
#include "hull/fd.h"
#include "hull/sys.h"

enum { KEPT = 4 };

/*
 * Closes all but what the program will get and what we need until then; ours
 * move to the numbers behind the program's. Really closed, not only marked: a
 * descriptor that is open until execve(2) can still be named in what is
 * executed (CVE-2024-21626). Before the filter, which may forbid it. The
 * caller's words go, too: they are not the container's to read.
 */
struct err *descriptors_close(const struct plan *plan, struct live *live)
{
	int *ours[KEPT] = { &live->sync, &live->start, &live->listener, &live->trace };
	unsigned first = plan->cloexec_from;

	self_forget();
	for (size_t i = 0; i < KEPT; i++)
		if (*ours[i] >= 0)
			*ours[i] = fcntl(*ours[i], F_DUPFD_CLOEXEC, (int)first + KEPT);
	for (size_t i = 0; i < KEPT; i++) {
		if (*ours[i] < 0)
			continue;
		*ours[i] = dup3(*ours[i], (int)first, O_CLOEXEC);
		if (*ours[i] < 0)
			return err_sys("dup3", NULL);
		first++;
	}
	return fd_close_from(first);
}

/* One `start` after the other may knock and die; the first that speaks lets us go. */
static struct err *knock_await(struct live *live)
{
	for (;;) {
		struct err *err = socket_accept(live->start, &live->sync);

		if (!err)
			err = sync_wait(live->sync, "release", NULL);
		if (!err || err_code(err) != ECHILD)
			return err;
		err_free(err);
		close(take_fd(&live->sync));
	}
}

struct err *start_await(const struct plan *plan, struct live *live)
{
	struct err *err;

	(void)plan;
	if (live->start < 0)
		return sync_wait(live->sync, "release", NULL);
	close(take_fd(&live->sync));
	err = knock_await(live);
	if (!err)
		close(take_fd(&live->start));
	live->record->started = true;
	return err;
}

struct err *program_announce(const struct plan *plan, struct live *live)
{
	if (!plan->exec.argv)
		return err_new(EINVAL, "process is not set: there is nothing to start");
	return live->verbs & VERB_START ? NULL : sync_arrive(live->sync, "announce", 0);
}

struct err *program_exec(const struct plan *plan, struct live *live)
{
	struct err *err;

	execve(live->program, plan->exec.argv, live->env);
	err = err_new(errno, "exec %s: %s", live->program, errno_words(errno));
	return err_at(err, plan->doc, plan->spec->process, "args");
}
