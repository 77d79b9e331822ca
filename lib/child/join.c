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

/* Its arguments stand in another order on some architectures. */
static long clone_like_vfork(pid_t *pid)
{
	const unsigned long flags = CLONE_PARENT | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD;

#if defined(__s390x__)
	return syscall(SYS_clone, NULL, flags, pid, NULL, NULL);
#else
	return syscall(SYS_clone, flags, NULL, pid, NULL, NULL);
#endif
}

/* The root of the container's process, which lives: so the number is still its own. */
static struct err *init_root(const struct live *live, int *root)
{
	struct err *err = path_open(arena_printf(live->arena, "/proc/%d/root", live->record->pid),
				    O_PATH | O_DIRECTORY, root);

	return err ? err : pidfd_kill(live->init, 0);
}

/*
 * setns(2) brings the root of the mount namespace, also one to which the
 * container has pivoted. That it is, and not the directory that the first
 * process is in: a server that has locked itself up in an empty one could not
 * be looked at. But a container that shares its mounts with the host has no
 * other root than that of its process.
 */
struct err *container_join(const struct plan *plan, struct live *live)
{
	auto_fd int root = -1;
	struct err *err = live->record->private_mounts ? NULL : init_root(live, &root);

	if (!err && plan->ns.own)
		err = namespace_join(live->init, plan->ns.own, "the container's namespaces");
	/* By path we would be told of the first that cannot be joined; a pidfd takes all or none. */
	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT, "is the caller the one who made the container?");
	if (!err && root >= 0)
		err = root_change(root);
	live->root = (struct dir){ -1, "" };
	return err ? err : path_open("/", O_PATH | O_DIRECTORY, &live->root.fd);
}

/*
 * CLONE_VFORK: we wait outside until the other one is the program, or has
 * failed; so it needs no descriptor to tell. The kernel itself writes down
 * which process it is, before that can do anything.
 */
struct err *child_appear(const struct plan *plan, struct live *live)
{
	int *ours[] = { &live->sync, &live->trace };
	long pid;

	(void)plan;
	for (size_t i = 0; i < countof(ours); i++)
		close_p(&(int){ take_fd(ours[i]) });
	/* clone(2), because filters refuse clone3(2), whose arguments they cannot read. */
	pid = clone_like_vfork(&live->words->pid);
	if (pid < 0 && errno == ENOMEM)	/* pid_namespaces(7): its init has ended */
		return err_new(ESRCH, "container not running: its process has ended, or there is "
			       "no memory for another one");
	if (pid < 0)
		return err_sys("clone", NULL);
	if (!pid)
		return NULL;
	process_end(0);
}
