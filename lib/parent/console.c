/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the caller: for the terminal's other end, which the child sends, and for a pidfd. */
#include "parent.h"

#include <string.h>

#include "hull/fd.h"

struct err *console_connect(const struct plan *plan, struct live *live)
{
	if (!plan->tty.terminal || !live->console_path)
		return NULL;
	return err_add(fd_connect(live->console_path, &live->console), "console socket");
}

/* The words with it are runc's: which kind of process it is. */
struct err *pidfd_send(const struct plan *plan, struct live *live)
{
	const char *kind = live->verbs & VERB_EXEC ? "setns" : "standard";
	auto_fd int fd = -1;
	struct err *err;

	(void)plan;
	if (!live->pidfd_path)
		return NULL;
	err = fd_connect(live->pidfd_path, &fd);
	if (!err)
		err = fd_send(fd, live->pidfd, kind, strlen(kind));
	return err_add(err, "pidfd socket");
}
