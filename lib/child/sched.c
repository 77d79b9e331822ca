/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel treats the process: processor, disk, memory nodes, personality. */
#include "child.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "hull/sys.h"

/* The caller's affinity is not the container's: its cpuset alone decides. */
static struct err *affinity_reset(const struct plan *plan, const struct live *live)
{
	const struct affinity_plan *a = &plan->sched.affinity;
	unsigned char all[1024];	/* 8192 processors, as many as any kernel has */

	if (a->final && syscall(SYS_sched_setaffinity, 0, a->size, a->final) < 0)
		return err_at(err_sys("sched_setaffinity", NULL), plan->doc,
			      plan->spec->process->exec_cpu_affinity, "final");
	if (a->final || a->keep)
		return NULL;
	if (live->cgroup < 0)
		return NULL;
	memset(all, 0xff, sizeof(all));
	if (syscall(SYS_sched_setaffinity, 0, sizeof(all), all) < 0)
		return err_sys("sched_setaffinity", NULL);
	return NULL;
}

static struct err *policy_set(const struct plan *plan)
{
	if (!plan->sched.attr || syscall(SYS_sched_setattr, 0, plan->sched.attr, 0) == 0)
		return NULL;
	return err_at(err_sys("sched_setattr", NULL), plan->doc, plan->spec->process, "scheduler");
}

/* What is set on the process before execve(2) is what its whole group will have. */
static struct err *ioprio_set(const struct plan *plan)
{
	if (!plan->sched.ioprio ||
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, *plan->sched.ioprio) == 0)
		return NULL;
	return err_at(err_sys("ioprio_set", NULL), plan->doc, plan->spec->process, "ioPriority");
}

static struct err *memory_policy_set(const struct plan *plan)
{
	const struct sched_plan *s = &plan->sched;

	if (!s->mempolicy ||
	    syscall(SYS_set_mempolicy, *s->mempolicy, s->nodes, s->max_node) == 0)
		return NULL;
	return err_at(err_sys("set_mempolicy", NULL), plan->doc, plan->spec->linux, "memoryPolicy");
}

static struct err *personality_set(const struct plan *plan)
{
	if (!plan->sched.personality || personality(*plan->sched.personality) >= 0)
		return NULL;
	return err_at(err_sys("personality", NULL), plan->doc, plan->spec->linux, "personality");
}

struct err *sched_set(const struct plan *plan, struct live *live)
{
	struct err *err = affinity_reset(plan, live);

	if (!err)
		err = policy_set(plan);
	if (!err)
		err = ioprio_set(plan);
	if (!err)
		err = memory_policy_set(plan);
	return err ? err : personality_set(plan);
}
