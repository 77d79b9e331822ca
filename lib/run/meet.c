/* SPDX-License-Identifier: Apache-2.0 */
/* Where one side waits for the other: see meet.h. */
#include "meet.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

#include "patience.h"
#include "sync.h"

bool begun_matters(const struct plan *plan, const struct live *live)
{
	(void)live;
	return plan->ns.make & CLONE_NEWTIME;	/* it makes that itself */
}

bool placed_matters(const struct plan *plan, const struct live *live)
{
	const struct cgroup_plan *cgroup = &plan->cgroup;
	/* prlimit(2): those of another user's process are not ours to set. */
	bool limits = plan->rlimits.n && (plan->cred.uid || plan->cred.gid);
	bool pid = plan->seccomp.notify;	/* it tells the agent its number, as we see that */

	return live->verbs & VERB_EXEC || plan->ns.make & (CLONE_NEWUSER | CLONE_NEWTIME) ||
	       plan->net_devices.n || cgroup->manager == CGROUP_SYSTEMD || cgroup->sub || limits || pid;
}

bool copied_matters(const struct plan *plan, const struct live *live)
{
	(void)plan;
	return live->copy;
}

bool mounted_matters(const struct plan *plan, const struct live *live)
{
	const struct oci_hooks *hooks = plan->spec->hooks;

	(void)live;
	return plan->cgroup.delegated ||
	       (hooks && (hooks->prestart.n || hooks->create_runtime.n || hooks->create_container.n));
}

bool goes_through(const struct plan *plan, const struct live *live)
{
	return !plan->ns.join.n && !placed_matters(plan, live) && !mounted_matters(plan, live);
}

bool filtered_first(const struct plan *plan, const struct live *live)
{
	return !goes_through(plan, live) && !(plan->ns.make & CLONE_NEWUSER);
}

bool filtered_later(const struct plan *plan, const struct live *live)
{
	return !goes_through(plan, live) && plan->ns.make & CLONE_NEWUSER;
}

bool network_apart(const struct plan *plan, const struct live *live)
{
	return plan->ns.make & CLONE_NEWNET && live->host->init_userns && goes_through(plan, live);
}

bool ready_matters(const struct plan *plan, const struct live *live)
{
	return !(live->verbs & VERB_START) || live->pid_file || live->record->rdt_group ||
	       plan->spec->hooks || plan->seccomp.notify;
}

bool saved_matters(const struct plan *plan, const struct live *live)
{
	(void)plan;
	return !(live->verbs & VERB_START);
}

struct err *meet(struct live *live, const struct step *s)
{
	bool waits = live->side == (s->side == CHILD_FIRST ? PARENT : CHILD);
	struct err *err = NULL;

	if (!waits)
		return sync_arrive(live->sync, s->name, live->side == PARENT ? live->pid : 0);
	if (live->side == CHILD)
		return sync_wait(live->sync, s->name, &live->pid);
	err = child_await(live, live->sync);
	return err ? err : sync_wait(live->sync, s->name, NULL);
}

/* What ends a child that has made no mistake. */
static struct err *death_hint(struct err *err, const struct plan *plan, int signal)
{
	const char *hint = NULL;

	if (signal == SIGKILL)
		hint = "if it was the OOM killer, the memory limit is too low";
	/* ILL: libc's way out, when nothing else is allowed. */
	else if (plan->seccomp.profile && (signal == SIGSYS || signal == SIGILL))
		hint = "does linux.seccomp allow execve(2), and what hull calls before it?";
	return hint ? err_set(err, ERR_HINT, "%s", hint) : err;
}

/* How the child ended, as far as its parent can know. */
static struct err *child_fate(const struct plan *plan, const struct live *live, struct err *err,
			      int flags)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)live->pid, &info, WEXITED | WNOWAIT | flags) < 0 ||
	    !info.si_pid)
		return err;
	if (info.si_code == CLD_EXITED && flags & WNOHANG)	/* having told us why */
		return err;
	if (info.si_code == CLD_EXITED)
		return err_add(err, "the container's process ended with status %d", info.si_status);
	err = err_add(err, "the container's process was killed by signal %d (SIG%s)",
		      info.si_status, sigabbrev_np(info.si_status));
	return death_hint(err, plan, info.si_status);
}

struct err *first_cause(const struct plan *plan, const struct live *live, struct err *err)
{
	struct err *childs;

	if (live->side != PARENT || live->pid <= 0 || live->sync < 0)
		return err;
	childs = sync_failure(live->sync);
	/* "The other side is gone": without a word, so it ends. */
	if (!childs)
		return child_fate(plan, live, err, err_code(err) == ECHILD ? 0 : WNOHANG);
	err_free(err);
	return childs;
}
