/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of system calls. libseccomp knows them for every architecture,
 * and this is the only file that includes its header.
 *
 * On some architectures socketcall(2) and ipc(2) stand for many calls, which
 * have got numbers of their own since, but not all and not everywhere.
 * libseccomp numbers them below -100 and -200 there. What is said about one of
 * them then holds for its own number and for that part of the old call.
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "hull/plan.h"

#include "filter.h"

#define STRING_(x)	#x
#define STRING(x)	STRING_(x)

enum { PARTS = 32 };			/* more than either has */

/* One of the two old calls on one architecture. */
struct multiplexer {
	int nr;				/* negative: there is none */
	int base;			/* libseccomp's number of its part 0 */
	struct part {
		uint32_t nr;		/* its own; 0: none */
		enum { UNSAID, CONDITIONAL, ALWAYS } said;
		uint32_t action;
	} part[PARTS];
};

struct numbering {
	struct arena *arena;
	uint32_t token;			/* SCMP_ARCH_* */
	uint32_t default_action;
	struct multiplexer socketcall, ipc;
	uint32_t max_nr;
	filter_rules *rules;
};

static uint32_t token_of(const struct arch_filter *f)
{
	return f->x32 ? SCMP_ARCH_X32 : f->audit_arch;
}

static void arch_of(uint32_t token, struct arch_filter *f)
{
	/* The only one whose token is not what the kernel shows to filters. */
	f->x32 = token == SCMP_ARCH_X32;
	f->audit_arch = f->x32 ? AUDIT_ARCH_X86_64 : token;
}

/* ---- socketcall, ipc ---- */

static struct part *part_of(struct multiplexer *m, int nr)
{
	int index = m->base - nr;

	return m->nr >= 0 && index > 0 && index < PARTS ? &m->part[index] : NULL;
}

static struct part *part_find(struct numbering *n, int nr)
{
	struct part *part = part_of(&n->socketcall, nr);

	return part ? part : part_of(&n->ipc, nr);
}

/*
 * Parts have numbers of their own since Linux 2.6.37 (powerpc) to 5.1, when
 * all architectures began to count together at 403; on MIPS from the start.
 * @first, @last: where to look, above the first number of the architecture.
 */
static void parts_number(struct numbering *n, int first, int last)
{
	enum { SOCKETCALL = 102 };	/* above that, everywhere */

	for (int i = first; i <= last; i++) {
		int nr = n->socketcall.nr - SOCKETCALL + i;
		auto_free char *name = seccomp_syscall_resolve_num_arch(n->token, nr);
		struct part *part = NULL;

		if (name)
			part = part_find(n, seccomp_syscall_resolve_name_arch(n->token, name));
		if (part)
			part->nr = (uint32_t)nr;
	}
}

static void multiplexers_find(struct numbering *n)
{
	n->socketcall.nr = seccomp_syscall_resolve_name_arch(n->token, "socketcall");
	n->socketcall.base = -100;
	n->ipc.nr = seccomp_syscall_resolve_name_arch(n->token, "ipc");
	n->ipc.base = -200;
	if (n->socketcall.nr < 0)
		return;
	parts_number(n, 160, 190);
	parts_number(n, 320, 402);
}

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
	if (c->n == 0)
		part->action = c->action;
	else if (part->said == UNSAID)
		part->action = stricter(n->default_action, c->action);
	else
		part->action = stricter(part->action, c->action);
	part->said = c->n ? CONDITIONAL : ALWAYS;
}

/* ---- rules ---- */

static void rule_add(struct numbering *n, uint32_t nr, uint32_t action,
		     const struct condition *conds, size_t count)
{
	*list_add(n->arena, n->rules) = (struct filter_rule){ nr, action, conds, count };
}

static void multiplexer_add(struct numbering *n, const struct multiplexer *m)
{
	for (int i = 0; i < PARTS; i++) {
		struct condition *is_part;

		if (m->part[i].said == UNSAID)
			continue;
		is_part = arena_new(n->arena, struct condition);
		*is_part = (struct condition){ 0, COMPARE_EQ, (uint64_t)i, 0 };
		rule_add(n, (uint32_t)m->nr, m->part[i].action, is_part, 1);
	}
}

static void known_nr(struct numbering *n, uint32_t nr)
{
	n->max_nr = nr > n->max_nr ? nr : n->max_nr;
}

static void call_number(struct numbering *n, const struct call *c)
{
	int nr = seccomp_syscall_resolve_name_arch(n->token, c->name);
	struct part *part = part_find(n, nr);
	bool is_default = c->action == n->default_action;

	if (part) {
		known_nr(n, part->nr);
		if (!is_default)
			part_say(n, part, c);
		nr = part->nr ? (int)part->nr : -1;
	}
	if (nr < 0)
		return;
	known_nr(n, (uint32_t)nr);
	if (!is_default)
		rule_add(n, (uint32_t)nr, c->action, c->conds, c->n);
}

bool arch_find(const char *name, struct arch_filter *f)
{
	uint32_t token = seccomp_arch_resolve_name(name);

	arch_of(token, f);
	return token != 0;
}

void arch_native(struct arch_filter *f)
{
	arch_of(seccomp_arch_native(), f);
}

void calls_number(struct arena *a, const calls *list, uint32_t default_action,
		  struct arch_filter *f, filter_rules *rules)
{
	struct numbering n = {
		.arena = a,
		.token = token_of(f),
		.default_action = default_action,
		.rules = rules,
	};

	multiplexers_find(&n);
	for_each (c, list)
		call_number(&n, c);
	multiplexer_add(&n, &n.socketcall);
	multiplexer_add(&n, &n.ipc);
	f->max_nr = n.max_nr;
}

const char *seccomp_library_version(void)
{
	return STRING(SCMP_VER_MAJOR) "." STRING(SCMP_VER_MINOR) "." STRING(SCMP_VER_MICRO);
}
