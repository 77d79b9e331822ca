/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The moment at which one process becomes two. The child is born in its
 * cgroup and in the namespaces that are new. Namespaces that are joined are
 * entered before by a short-lived process between the two, which makes the
 * child our own (CLONE_PARENT): we ourselves never leave the host.
 */
#include "parent.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../run/meet.h"
#include "../run/patience.h"
#include "../run/sync.h"
#include "hull/sys.h"

enum { KILL_WAIT_MS = 10 * 1000 };

/* The child makes these itself, once it is where their roots have to be. */
enum { LATER = CLONE_NEWCGROUP | CLONE_NEWTIME };

/*
 * The copies of the lock and of the state directory go at once, by close(2)
 * alone: a child that hangs must not keep the lock of a parent that is dead.
 */
static void become_child(struct live *live, int sync)
{
	close_p(&(int){ take_fd(&live->store->lock) });
	close_p(&(int){ take_fd(&live->store->dir.fd) });
	close(live->sync);
	live->sync = sync;
	live->side = CHILD;
}

static struct err *joins_open(const struct plan *plan, int *fds)
{
	struct err *err = NULL;

	for (size_t i = 0; i < plan->ns.join.n && !err; i++) {
		const struct ns_join *j = &plan->ns.join.v[i];

		err = err_add(namespace_open(j->path, j->kind->flag, &fds[i]), "%s namespace",
			      j->kind->type);
		err = err_at(err, plan->doc, j->from, "path");
	}
	return err;
}

/*
 * Joins all, whoever owns them: those that the host's privileges open come
 * first; what they do not open is tried again from inside the user namespace
 * that was joined.
 */
static struct err *joins_enter(const struct plan *plan, int *fds)
{
	struct err *err = NULL;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < plan->ns.join.n; i++) {
			const struct ns_join *j = &plan->ns.join.v[i];
			bool user = j->kind->flag == CLONE_NEWUSER;

			if (fds[i] < 0 || (round == 0 && user))
				continue;
			err = namespace_join(fds[i], j->kind->flag, j->path);
			if (round == 0 && err_code(err) == EPERM && plan->ns.own & CLONE_NEWUSER) {
				err_free(err);
				continue;
			}
			if (err)
				return err_at(err, plan->doc, j->from, "path");
			close(take_fd(&fds[i]));
		}
	}
	return NULL;
}

/* Between the two: joins, makes the child and ends. Returns in the child alone. */
static struct err *intermediate(const struct plan *plan, struct live *live, int *fds, int sync)
{
	struct err *err = joins_enter(plan, fds);
	bool child = false;

	if (!err)
		err = process_clone_beside((uint64_t)(plan->ns.make & ~LATER), &live->words->pid,
					   &child);
	if (child) {
		become_child(live, sync);
		return NULL;
	}
	if (err)
		words_leave(live->words, err);
	_exit(err ? 1 : 0);
}

/* A process that another one made for us, if it is there and ours: the number may be a lie. */
static struct err *child_adopt(struct live *live, pid_t pid)
{
	siginfo_t info;
	struct err *err;

	if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return err_new(ECHILD, "the process that joined the container is gone");
	close_p(&(int){ take_fd(&live->pidfd) });
	err = process_pidfd(pid, &live->pidfd);
	if (!err)
		live->pid = pid;
	return err;
}

/* The process that joins has ended: then there is the one that it made, or it says why not. */
static struct err *child_take_over(struct live *live)
{
	int status;
	struct err *err = child_await(live, live->pidfd);

	if (!err)
		err = process_reap(live->pid, &status);
	if (!err)
		err = words_take(live->words);
	return err ? err : child_adopt(live, live->words->pid);
}

/* One that has ended already is no news. */
static void child_end(const struct live *live)
{
	auto_err struct err *err = live->pidfd < 0 ? NULL : process_kill(live->pid, live->pidfd);

	if (err_code(err) == ESRCH || err_code(err) == ECHILD)
		return;
	err = err_add(err, "kill process %d", live->pid);
	if (err)
		live->warn(err_text(err));
}

void remains_kill(struct live *live)
{
	struct err *none;

	child_end(live);
	/* From now on it can make no other. */
	if (!live->words || live->words->pid == live->pid)
		return;
	none = child_adopt(live, live->words->pid);
	if (!none)
		child_end(live);
	err_free(none);
}

static struct err *spawn_joining(const struct plan *plan, struct live *live, int sync)
{
	int *fds = arena_array(live->arena, int, plan->ns.join.n);
	struct err *err;

	memset(fds, -1, plan->ns.join.n * sizeof(*fds));
	err = joins_open(plan, fds);
	if (!err)
		err = process_clone(0, live->cgroup, &live->pid, &live->pidfd);
	if (!err && !live->pid)
		return intermediate(plan, live, fds, sync);
	for (size_t i = 0; i < plan->ns.join.n; i++)
		close_p(&fds[i]);
	return err ? err : child_take_over(live);
}

/* The child has it: the agent must see the end of the state when the child has sent it. */
static void agent_forget(struct live *live)
{
	if (live->listener >= 0)
		close(take_fd(&live->listener));
}

struct err *spawn(const struct plan *plan, struct live *live)
{
	int later = LATER | (network_apart(plan, live) ? CLONE_NEWNET : 0), sync = -1;
	struct err *err = socket_pair(&live->sync, &sync);

	if (err)
		return err;
	if (plan->ns.join.n) {
		err = spawn_joining(plan, live, sync);
	} else {
		err = process_clone((uint64_t)(plan->ns.make & ~later), live->cgroup, &live->pid, &live->pidfd);
		if (!err && !live->pid)
			become_child(live, sync);
	}
	if (live->side == CHILD)
		return err;
	close(sync);
	if (err) {
		remains_kill(live);
		return err;
	}
	live->record->pid = live->pid;
	live->record->start_time = process_start_time(live->pid);
	live->record->pidfd_id = pidfd_id(live->pidfd);
	if (live->start >= 0)
		close(take_fd(&live->start));
	agent_forget(live);
	return NULL;
}

/* config.md: where the new process begins, before it is in the container's cgroup. */
static struct err *affinity_set(const struct plan *plan)
{
	const struct affinity_plan *a = &plan->sched.affinity;

	if (!a->initial || syscall(SYS_sched_setaffinity, 0, a->size, a->initial) >= 0)
		return NULL;
	return err_at(err_sys("sched_setaffinity", NULL), plan->doc,
		      plan->spec->process->exec_cpu_affinity, "initial");
}

/* exec: into the cgroup, but not yet into the namespaces; see child/join.c. */
struct err *spawn_exec(const struct plan *plan, struct live *live)
{
	int sync = -1;
	struct err *err = affinity_set(plan);

	if (!err)
		err = socket_pair(&live->sync, &sync);
	if (err)
		return err;
	err = process_clone(0, live->cgroup, &live->pid, &live->pidfd);
	if (err_code(err) == EBUSY && !plan->cgroup.path) {
		err_free(err);
		err = cgroup_of_init(live);
		if (!err)
			err = process_clone(0, live->cgroup, &live->pid, &live->pidfd);
	}
	if (err_code(err) == EACCES && live->record->unit) {
		/* cgroups(7): somebody else's lies between us and it. */
		err_free(err);
		live->attach = true;
		err = process_clone(0, -1, &live->pid, &live->pidfd);
	}
	if (!err && !live->pid) {
		become_child(live, sync);
		return NULL;
	}
	close(sync);
	agent_forget(live);
	/* Somebody removed its cgroup since we opened that. */
	if (err_code(err) != ENOENT && err_code(err) != ENODEV)
		return err;
	err_free(err);
	return err_new(ESRCH, "container not running: its cgroup is gone");
}

/*
 * The process that joined ends once the one that it made is the program, or
 * has failed. That takes as long as the container lets it: it may be paused.
 */
struct err *child_appeared(const struct plan *plan, struct live *live)
{
	struct err *err = child_await(live, live->pidfd);

	(void)plan;
	if (!err)
		err = sync_wait_end(live->sync);	/* what it had to say is there by now */
	return err ? err : child_take_over(live);
}

struct err *child_kill(const struct undo *undo)
{
	const struct record *r = undo->record;
	auto_fd int pidfd = -1;
	struct err *err = record_pidfd(r, &pidfd);
	int status;

	if (!err && r->cgroup && !r->cgroup_existed)
		cgroup_unthrottle(r->cgroup);
	if (!err)
		err = pidfd_kill(pidfd, SIGKILL);
	/*
	 * pid_namespaces(7): it ends after all others have ended and are reaped.
	 * By an `exec`, perhaps, that waits for a process of its own in the
	 * same cgroup, which is frozen; so that must go, too.
	 */
	if (!err && record_owns_cgroup(r))
		err_free(cgroup_kill(r->cgroup,
				     r->cgroup_existed)); /* cgroup_remove() will say why not */
	if (!err)
		err = err_add(pidfd_wait(pidfd, KILL_WAIT_MS), "kill the container's process");
	if (err_code(err) == ESRCH) {
		err_free(err);
		err = NULL;
	}
	/* It is ours only if this command made it. */
	if (!err && undo->record->pid > 0)
		err_free(process_reap(undo->record->pid, &status));
	return err;
}
