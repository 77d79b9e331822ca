/* SPDX-License-Identifier: Apache-2.0 */
/* Signals to all that lives in a cgroup. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

enum { FREEZE_WAIT_MS = 2 * 1000 };

struct err *cgroup_signal(const char *cgroup, int signal)
{
	auto_arena struct arena a = { 0 };
	pid_list pids = { 0 };
	struct err *err = cgroup_pids(&a, cgroup, &pids);

	for_each (pid, &pids) {
		auto_fd int pidfd = -1;
		struct err *gone = process_pidfd(*pid, &pidfd);

		if (!gone)
			gone = pidfd_kill(pidfd, signal);
		err_free(gone); /* it ended while we were looking */
	}
	return err;
}

/*
 * Frozen, so that nothing forks while it is killed one by one. What does not
 * freeze in time is in the kernel, and does not fork either.
 */
static struct err *frozen_kill(const struct dir *d)
{
	struct err *err = dir_write(d, "cgroup.freeze", "1");
	struct err *thawed;

	if (!err) {
		err_free(cgroup_event_await(d, "frozen 1", FREEZE_WAIT_MS));
		err = cgroup_signal(d->path, SIGKILL);
	}
	thawed = dir_write(d, "cgroup.freeze", "0");
	if (!err)
		return thawed;
	err_free(thawed);
	return err;
}

/*
 * cgroup.kill would do for both. But from Linux 6.14 on, and in 6.12.y, what
 * is born into a cgroup by CLONE_INTO_CGROUP dies at once if cgroup.kill was
 * ever used on it: kill_seq is compared with that of the maker's own cgroup.
 */
struct err *cgroup_kill(const char *cgroup, bool stays)
{
	auto_fd int fd = -1;
	struct dir d = { .path = cgroup };
	struct err *err = path_open(cgroup, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	if (err)
		return err;
	return stays ? frozen_kill(&d) : dir_write(&d, "cgroup.kill", "1");
}
