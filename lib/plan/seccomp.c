/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of system calls.
 *
 * On some architectures socketcall(2) and ipc(2) stand for many calls, which
 * have got numbers of their own since, but not all and not everywhere. What is
 * said about one of them then holds for its own number and for that part of
 * the old call.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "hull/plan.h"

#include "filter.h"
#include "syscalls.h"

/* The one token of libseccomp that is not what the kernel shows to filters. */
enum { ARCH_X32 = AUDIT_ARCH_X86_64 & ~__AUDIT_ARCH_64BIT };

/* What is said about a part of an old call. */
struct part {
	enum { UNSAID, CONDITIONAL, ALWAYS } said;
	uint32_t action;
};

struct numbering {
	struct arena *arena;
	const struct arch *arch;
	uint32_t default_action;
	struct part parts[PART_OF_IPC + 1][SYSCALL_PARTS];
	uint32_t max_nr;
	filter_rules *rules;
};

static uint32_t token_of(const struct arch_filter *f)
{
	return f->x32 ? ARCH_X32 : f->audit_arch;
}

static void arch_of(uint32_t token, struct arch_filter *f)
{
	f->x32 = token == ARCH_X32;
	f->audit_arch = f->x32 ? AUDIT_ARCH_X86_64 : token;
}

/* ---- socketcall, ipc ---- */

/* Of two answers the one that the kernel prefers (seccomp(2)); of equals the first. */
static uint32_t stricter(uint32_t a, uint32_t b)
{
	int32_t x = (int32_t)(a & SECCOMP_RET_ACTION_FULL);
	int32_t y = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

	return x <= y ? a : b;
}

/*
 * The arguments of a part lie in memory, where no filter sees them: a rule
 * with conditions gives it the strictest answer that the call can get.
 */
static void part_say(const struct numbering *n, struct part *part, const struct call *c)
{
	if (part->said == ALWAYS)
		return;
	if (!c->conds)
		part->action = c->action;
	else if (part->said == UNSAID)
		part->action = stricter(n->default_action, c->action);
	else
		part->action = stricter(part->action, c->action);
	part->said = c->conds ? CONDITIONAL : ALWAYS;
}

/* ---- rules ---- */

static void rule_add(struct numbering *n, uint32_t nr, uint32_t action, const conditions *conds)
{
	n->rules->v[n->rules->n++] = (struct filter_rule){ nr, action, conds };
}

static const conditions *first_argument_is(struct arena *a, uint64_t value)
{
	struct condition *cond = arena_new(a, struct condition);
	conditions *list = arena_new(a, conditions);

	*cond = (struct condition){ 0, COMPARE_EQ, value, 0 };
	*list = (conditions){ cond, 1 };
	return list;
}

/* @name: of the old call, which looks at its first argument. */
static void parts_add(struct numbering *n, enum multiplexer which, const char *name)
{
	int nr = syscall_number(n->arch, syscall_find(name)).nr;

	for (unsigned i = 0; i < SYSCALL_PARTS && nr >= 0; i++) {
		const struct part *part = &n->parts[which][i];

		if (part->said != UNSAID)
			rule_add(n, (uint32_t)nr, part->action, first_argument_is(n->arena, i));
	}
}

static void call_number(struct numbering *n, const struct call *c)
{
	struct syscall_number number = syscall_number(n->arch, c->id);

	if (number.part_of && c->action != n->default_action)
		part_say(n, &n->parts[number.part_of][number.part], c);
	if (number.nr < 0)
		return;
	if ((uint32_t)number.nr > n->max_nr)
		n->max_nr = (uint32_t)number.nr;
	if (c->action != n->default_action)
		rule_add(n, (uint32_t)number.nr, c->action, c->conds);
}

bool arch_find(const char *name, struct arch_filter *f)
{
	uint32_t token = syscall_arch(name);

	arch_of(token, f);
	return token != 0;
}

void arch_native(struct arch_filter *f)
{
	arch_of(syscall_arch_native(), f);
}

void calls_number(struct arena *a, const calls *list, uint32_t default_action,
		  struct arch_filter *f, filter_rules *rules)
{
	struct numbering n = {
		.arena = a,
		.arch = syscalls_of(token_of(f)),
		.default_action = default_action,
		.rules = rules,
	};

	/* One for each call, and for each part of an old one. */
	rules->v = arena_array(a, struct filter_rule, list->n + 2 * SYSCALL_PARTS);
	for_each (c, list)
		call_number(&n, c);
	parts_add(&n, PART_OF_SOCKETCALL, "socketcall");
	parts_add(&n, PART_OF_IPC, "ipc");
	f->max_nr = n.max_nr;
}
