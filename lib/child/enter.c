/* SPDX-License-Identifier: Apache-2.0 */
/* The child's first steps: it settles in its namespaces. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hull/sys.h"

/*
 * Until the record of a created container is on disk the child dies with its
 * parent: so a killed `create` leaves no process, even without a cgroup. If
 * the parent is dead by now, the next message to it ends us.
 */
static struct err *die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? err_sys("prctl PR_SET_PDEATHSIG", NULL) : NULL;
}

struct err *child_begin(const struct plan *plan, struct live *live)
{
	struct err *err = die_with_parent();

	(void)live;
	signals_reset();
	umask(0);
	/* Not entered yet: the offsets must be written while nobody is inside. */
	if (!err)
		err = namespace_unshare(plan->ns.make & CLONE_NEWTIME);
	return err;
}

struct err *copy_become(const struct plan *plan, struct live *live)
{
	struct err *err;

	(void)plan;
	if (!live->copy)
		return NULL;
	err = self_become(live->copy);
	close(take_fd(&live->copy->fd));
	return err;
}

/*
 * From here on we meet the parent before the record is complete: should it be
 * dead by then, the end of file tells us. Later would be too late, because it
 * may end as soon as we have met.
 */
struct err *child_survive(const struct plan *plan, struct live *live)
{
	(void)plan;
	(void)live;
	return prctl(PR_SET_PDEATHSIG, 0) < 0 ? err_sys("prctl PR_SET_PDEATHSIG", NULL) : NULL;
}

/* Ids of a user namespace: root inside, if it has one; whoever we are keeps all capabilities. */
static struct err *become_zero(bool drop_groups)
{
	if (drop_groups && setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys("setgroups", NULL);
	if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys("setresgid", "0");
	if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys("setresuid", "0");
	return NULL;
}

struct err *root_become(const struct plan *plan, struct live *live)
{
	struct err *err = NULL;

	(void)live;
	if (plan->ns.own & CLONE_NEWUSER)
		err = become_zero(!plan->ns.deny_setgroups && !plan->cred.keep_groups);
	/*
	 * Nobody in the container may trace us or look at our descriptors
	 * (CVE-2016-9962). Not before the maps are written: for that an
	 * ordinary user must own /proc/PID. The change of ids forgot the signal.
	 */
	if (!err && prctl(PR_SET_DUMPABLE, 0) < 0)
		err = err_sys("prctl PR_SET_DUMPABLE", NULL);
	return err ? err : die_with_parent();
}

struct err *cgroup_enter(const struct plan *plan, struct live *live)
{
	(void)live;
	return namespace_unshare(plan->ns.make & CLONE_NEWCGROUP);
}

/* time_namespaces(7): a single-threaded process may move itself into what it made. */
struct err *time_enter(const struct plan *plan, struct live *live)
{
	static const char path[] = "/proc/self/ns/time_for_children";
	auto_fd int fd = -1;
	struct err *err;

	(void)live;
	if (!(plan->ns.make & CLONE_NEWTIME))
		return NULL;
	err = path_open(path, O_RDONLY, &fd);
	return err ? err : namespace_join(fd, CLONE_NEWTIME, path);
}

/* A session of its own, and the terminal, if there is one, as what controls it. */
struct err *session_make(const struct plan *plan, struct live *live)
{
	(void)live;
	if (setsid() < 0 && errno != EPERM)	/* EPERM: it leads one already */
		return err_sys("setsid", NULL);
	if (plan->tty.terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		return err_sys("ioctl TIOCSCTTY", "the terminal");
	return NULL;
}

/* A session keyring that nobody else can name. */
struct err *keyring_make(const struct plan *plan, struct live *live)
{
	struct err *err;

	(void)live;
	if (!plan->new_keyring || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return NULL;
	if (errno == ENOSYS)	/* a kernel without keys has none to protect */
		return NULL;
	err = err_sys("keyctl KEYCTL_JOIN_SESSION_KEYRING", NULL);
	return err_set(err, ERR_HINT, "see kernel.keys.maxkeys, or use --no-new-keyring");
}
