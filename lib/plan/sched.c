/* SPDX-License-Identifier: Apache-2.0 */
/* How the program is run: scheduler, I/O priority, personality, memory policy. */
#include "rooms.h"

#include <errno.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/personality.h>

enum { NICE_MIN = -20, NICE_MAX = 19, PRIORITY_MIN = 1, PRIORITY_MAX = 99 };

/* sched(7): shorter times than this are below the kernel's resolution. */
#define RUNTIME_MIN	1024

/* clang-format off */
static const struct name_value policies[] = {
	{ "SCHED_OTHER",	SCHED_NORMAL },
	{ "SCHED_FIFO",		SCHED_FIFO },
	{ "SCHED_RR",		SCHED_RR },
	{ "SCHED_BATCH",	SCHED_BATCH },
	{ "SCHED_IDLE",		SCHED_IDLE },
	{ "SCHED_DEADLINE",	SCHED_DEADLINE },
	{ 0 }
};

static const struct name_value sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK",	SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM",		SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN",	SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY",	SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS",	SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN",	SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX",	SCHED_FLAG_UTIL_CLAMP_MAX },
	{ 0 }
};

static const struct name_value ioprio_classes[] = {
	{ "IOPRIO_CLASS_RT",	IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE",	IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE",	IOPRIO_CLASS_IDLE },
	{ 0 }
};

static const struct name_value domains[] = {
	{ "LINUX",	PER_LINUX },
	{ "LINUX32",	PER_LINUX32 },
	{ 0 }
};

enum { WEIGHTED_INTERLEAVE = 6 };	/* in headers since Linux 6.9 */
const struct name_value memory_policy_modes[] = {
	{ "MPOL_DEFAULT",		MPOL_DEFAULT },
	{ "MPOL_PREFERRED",		MPOL_PREFERRED },
	{ "MPOL_BIND",			MPOL_BIND },
	{ "MPOL_INTERLEAVE",		MPOL_INTERLEAVE },
	{ "MPOL_LOCAL",			MPOL_LOCAL },
	{ "MPOL_PREFERRED_MANY",	MPOL_PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE",	WEIGHTED_INTERLEAVE },
	{ 0 }
};

const struct name_value memory_policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING",	MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES",	MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES",	MPOL_F_STATIC_NODES },
	{ 0 }
};
/* clang-format on */

static const char *or_nothing(const char *s)
{
	return s ? s : "\"\"";
}

/* ---- scheduler ---- */

static void fair_check(struct planner *p, const struct oci_scheduler *s, bool fair)
{
	if (!fair && s->nice)
		refuse(p, s, "nice", "is for SCHED_OTHER and SCHED_BATCH, not for %s", s->policy);
	else if (s->nice < NICE_MIN || s->nice > NICE_MAX)
		refuse(p, s, "nice", "%d is not between %d and %d", s->nice, NICE_MIN, NICE_MAX);
}

static void realtime_check(struct planner *p, const struct oci_scheduler *s, bool realtime)
{
	if (!realtime && s->priority)
		refuse(p, s, "priority", "is for SCHED_FIFO and SCHED_RR, not for %s", s->policy);
	else if (realtime && (s->priority < PRIORITY_MIN || s->priority > PRIORITY_MAX))
		refuse(p, s, "priority", "%d is not between %d and %d", s->priority, PRIORITY_MIN,
		       PRIORITY_MAX);
}

static void deadline_check(struct planner *p, const struct oci_scheduler *s, bool deadline)
{
	uint64_t period = s->period ? s->period : s->deadline;

	if (!deadline && (s->runtime || s->deadline || s->period))
		refuse(p, s, NULL,
		       "runtime, deadline and period are for SCHED_DEADLINE, not for %s",
		       s->policy);
	if (deadline &&
	    (s->runtime < RUNTIME_MIN || s->runtime > s->deadline || s->deadline > period))
		refuse(p, s, NULL, "SCHED_DEADLINE needs %d <= runtime <= deadline <= period",
		       RUNTIME_MIN);
}

static void scheduler_read(struct planner *p, const struct oci_scheduler *s)
{
	struct sched_attr *attr = arena_new(p->arena, struct sched_attr);
	unsigned long policy, flag;

	if (!s->policy || !name_lookup(policies, s->policy, &policy)) {
		refuse(p, s, "policy", "unknown scheduler policy %s", or_nothing(s->policy));
		return;
	}
	for_each (name, &s->flags) {
		if (name_lookup(sched_flags, *name, &flag))
			attr->sched_flags |= flag;
		else
			refuse(p, name, NULL, "unknown scheduler flag %s", *name);
	}
	fair_check(p, s, policy == SCHED_NORMAL || policy == SCHED_BATCH);
	realtime_check(p, s, policy == SCHED_FIFO || policy == SCHED_RR);
	deadline_check(p, s, policy == SCHED_DEADLINE);

	attr->size = sizeof(*attr);
	attr->sched_policy = (uint32_t)policy;
	attr->sched_nice = s->nice;
	attr->sched_priority = (uint32_t)s->priority;
	attr->sched_runtime = s->runtime;
	attr->sched_deadline = s->deadline;
	attr->sched_period = s->period;
	p->plan->sched.attr = attr;
}

/* ---- affinity ---- */

/* The list may have blanks, but not inside a number. */
static const unsigned long *cpus_read(struct planner *p, const struct oci_cpu_affinity *from,
				      const char *member, const char *list)
{
	char *tight = list ? arena_strdup(p->arena, list) : NULL, *to = tight;
	unsigned long bits, *mask = NULL;
	bool split = false;

	for (const char *s = tight; s && *s; s++) {
		split |= *s == ' ' && to > tight && strchr("0123456789", to[-1]) &&
			 s[1] && strchr("0123456789", s[1]);
		if (*s != ' ')
			*to++ = *s;
	}
	if (to == tight)
		return NULL;		/* an empty list says nothing */
	*to = 0;
	if (split || !cpu_list_parse(p->arena, tight, &mask, &bits))
		refuse(p, from, member, "must be a list like \"0-3,7\", is \"%s\"", list);
	return mask;
}

static void affinity_read(struct planner *p, const struct oci_cpu_affinity *from)
{
	struct affinity_plan *plan = &p->plan->sched.affinity;

	plan->initial = cpus_read(p, from, "initial", from->initial);
	plan->final = cpus_read(p, from, "final", from->final);
	plan->size = CPU_LIST_BITS / 8;
	plan->keep = !plan->final;
}

/* ---- I/O priority, personality ---- */

static void ioprio_read(struct planner *p, const struct oci_io_priority *io)
{
	int32_t priority = io->priority ? *io->priority : 0;
	unsigned long class;
	int *value;

	if (!io->class || !name_lookup(ioprio_classes, io->class, &class)) {
		refuse(p, io, "class", "unknown I/O priority class %s", or_nothing(io->class));
		return;
	}
	value = arena_new(p->arena, int);
	*value = (int)IOPRIO_PRIO_VALUE(class, priority);
	p->plan->sched.ioprio = value;
}

static void personality_read(struct planner *p, const struct oci_personality *per)
{
	unsigned long *domain = arena_new(p->arena, unsigned long);

	if (!per->domain || !name_lookup(domains, per->domain, domain))
		refuse(p, per, "domain", "unknown personality %s", or_nothing(per->domain));
	else
		p->plan->sched.personality = domain;
}

/* ---- memory policy ---- */

static unsigned long count_bits(const unsigned long *mask, unsigned long bits)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < bits; i++)
		n += mask[i / LONG_BIT] >> i % LONG_BIT & 1;
	return n;
}

/* set_mempolicy(2): which modes want nodes. */
static void nodes_check(struct planner *p, const struct oci_memory_policy *policy,
			unsigned long mode, unsigned long n)
{
	if ((mode == MPOL_DEFAULT || mode == MPOL_LOCAL) && n)
		refuse(p, policy, "nodes",
		       "invalid memory policy: mode requires 0 nodes but got %lu", n);
	if (mode != MPOL_DEFAULT && mode != MPOL_LOCAL && mode != MPOL_PREFERRED && !n)
		refuse(p, policy, "nodes",
		       "invalid memory policy: mode requires at least 1 node but got 0");
}

static void memory_policy_read(struct planner *p, const struct oci_memory_policy *policy)
{
	struct sched_plan *plan = &p->plan->sched;
	const char *list = policy->nodes ? policy->nodes : "";
	unsigned long mode, flag, flags = 0, bits, *mask;
	int *value = arena_new(p->arena, int);

	if (!policy->mode || !name_lookup(memory_policy_modes, policy->mode, &mode)) {
		refuse(p, policy, "mode", "invalid memory policy mode %s",
		       or_nothing(policy->mode));
		return;
	}
	for_each (name, &policy->flags) {
		if (name_lookup(memory_policy_flags, *name, &flag))
			flags |= flag;
		else
			refuse(p, name, NULL, "invalid memory policy flag %s", *name);
	}
	if (flags & MPOL_F_STATIC_NODES && flags & MPOL_F_RELATIVE_NODES)
		refuse(p, policy, "flags",
		       "invalid memory policy flags: "
		       "MPOL_F_STATIC_NODES excludes MPOL_F_RELATIVE_NODES");
	if (!cpu_list_parse(p->arena, list, &mask, &bits)) {
		refuse(p, policy, "nodes", "invalid memory policy node list \"%s\"", list);
		return;
	}
	nodes_check(p, policy, mode, count_bits(mask, bits));

	*value = (int)(mode | flags);
	plan->mempolicy = value;
	plan->nodes = bits ? mask : NULL;
	/* The kernel takes one bit less than it is told; set_mempolicy(2) does not say so. */
	plan->max_node = bits ? bits + 1 : 0;
}

/* ---- shared ---- */

bool name_lookup(const struct name_value *table, const char *name, unsigned long *value)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0) {
			*value = table->value;
			return true;
		}
	}
	return false;
}

void exec_affinity_plan(struct planner *p)
{
	const struct oci_process *process = p->config->spec.process;

	if (process && process->exec_cpu_affinity)
		affinity_read(p, process->exec_cpu_affinity);
}

void sched_plan(struct planner *p)
{
	const struct oci_process *process = p->config->spec.process;
	const struct oci_linux *lin = p->config->spec.linux;

	if (process && process->scheduler)
		scheduler_read(p, process->scheduler);
	exec_affinity_plan(p);
	if (process && process->io_priority)
		ioprio_read(p, process->io_priority);
	if (lin && lin->personality)
		personality_read(p, lin->personality);
	if (lin && lin->memory_policy)
		memory_policy_read(p, lin->memory_policy);
}
