/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: joining a container without being seen (CVE-2016-9962). setns(2) into
 * a pid namespace moves only children. So the process that joins stays outside
 * of it while it gives up everything; its last act is to make the process
 * that will be the program, which has nothing left that the container could
 * take: no descriptor, no privilege, no host.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../run/sync.h"
#include "hull/sys.h"

struct err *container_join(const struct plan *plan, struct live *live)
{
	struct err *err = namespace_join(live->init, plan->ns.own, "the container's namespaces");

	/* By path we would be told of the first that cannot be joined; a pidfd takes all or none. */
	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT, "is the caller the one who made the container?");
	live->root = (struct dir){ -1, "" };
	return err ? err : path_open("/", O_PATH | O_DIRECTORY, &live->root.fd);
}

struct err *child_appear(const struct plan *plan, struct live *live)
{
	/* clone(2), because filters refuse clone3(2), whose arguments they cannot read. */
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)plan;
	if (pid < 0)
		return err_sys("clone", NULL);
	if (!pid)
		return sync_wait(live->sync, "appear", NULL);
	_exit(sync_arrive(live->sync, "appear", (pid_t)pid) ? 1 : 0);
}
