/* SPDX-License-Identifier: Apache-2.0 */
/* The child's network namespace, made while it has other things to do: see network_apart(). */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "../run/sync.h"

static const char ours[] = "/proc/self/ns/net";

/* No hook of the host's may run in there: rather than stay we end; `delete` finds what is left. */
static void come_home(int home)
{
	while (setns(home, CLONE_NEWNET) < 0)
		if (errno != ENOMEM && errno != EINTR)
			abort();
}

struct err *network_make(const struct plan *plan, struct live *live)
{
	auto_fd int home = -1, made = -1;
	struct err *err;

	(void)plan;
	err = path_open(ours, O_RDONLY, &home);
	if (!err)
		err = namespace_join(home, CLONE_NEWNET, ours);	/* so we may come back */
	if (!err)
		err = namespace_unshare(CLONE_NEWNET);
	if (err)
		return err;
	err = path_open(ours, O_RDONLY, &made);
	if (!err)
		err = sync_give(live->sync, "network", made);
	if (!err)
		err = loopback_up();
	come_home(home);
	return err;
}
