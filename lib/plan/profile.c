/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp: its words, what they may be combined with, and, later, the
 * program that comes of it. config-linux.md, "Seccomp".
 */
#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "archs.h"
#include "filter.h"
#include "syscalls.h"
#include "rooms.h"

#define ERRNO_MAX	4095		/* what a system call can return (linux/err.h) */

/* clang-format off */
const struct name_value seccomp_actions[] = {
	{ "SCMP_ACT_ALLOW",		SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO",		SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_KILL",		SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS",	SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",	SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_LOG",		SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY",		SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE",		SECCOMP_RET_TRACE },
	{ "SCMP_ACT_TRAP",		SECCOMP_RET_TRAP },
	{ 0 }
};

const struct name_value seccomp_operators[] = {
	{ "SCMP_CMP_EQ",		COMPARE_EQ },
	{ "SCMP_CMP_GE",		COMPARE_GE },
	{ "SCMP_CMP_GT",		COMPARE_GT },
	{ "SCMP_CMP_LE",		COMPARE_LE },
	{ "SCMP_CMP_LT",		COMPARE_LT },
	{ "SCMP_CMP_MASKED_EQ",		COMPARE_MASKED },
	{ "SCMP_CMP_NE",		COMPARE_NE },
	{ 0 }
};

/* TSYNC is for programs with threads; at execve(2) there is one. */
const struct name_value seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_LOG",			SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",		SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_TSYNC",			0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
	{ 0 }
};

const char *const seccomp_archs[] = { ARCHS, NULL };

/* hull needs these itself between loading the filter and giving its listener to the agent. */
static const char *const never_notified[] = { "write", "sendmsg", NULL };
/* clang-format on */

typedef LIST(conditions) alternatives;

/* linux.seccomp, read and checked. */
struct seccomp_profile {
	uint32_t default_action;
	calls calls;
	arch_filters filters;		/* without code; the native architecture's first */
};

static bool is_among(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static const char *or_nothing(const char *s)
{
	return s ? s : "\"\"";
}

/* The action of @owner, whose members are called @member and @errno_member. */
static uint32_t action_read(struct planner *p, const void *owner, const char *member,
			    const char *name, const char *errno_member, const uint32_t *errno_ret)
{
	unsigned long action;

	if (!name || !name_lookup(seccomp_actions, name, &action)) {
		refuse(p, owner, member, "unknown action %s", or_nothing(name));
		return SECCOMP_RET_KILL_PROCESS;
	}
	if (action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_TRACE) {
		if (errno_ret)
			refuse(p, owner, errno_member, "%s returns no errno", name);
		return (uint32_t)action;
	}
	if (errno_ret && *errno_ret > ERRNO_MAX)
		refuse(p, owner, errno_member, "%u is no errno: the largest is %d", *errno_ret,
		       ERRNO_MAX);
	return (uint32_t)action | ((errno_ret ? *errno_ret : EPERM) & SECCOMP_RET_DATA);
}

/* SPEC_ALLOW when the list is absent, as with other runtimes; [] asks for none. */
static unsigned flags_read(struct planner *p, const struct oci_seccomp *sc)
{
	unsigned flags = sc->flags.v ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for_each (name, &sc->flags) {
		unsigned long flag;

		if (name_lookup(seccomp_flags, *name, &flag))
			flags |= (unsigned)flag;
		else
			refuse(p, name, NULL, "unknown seccomp flag %s", *name);
	}
	return flags;
}

static void arch_add(struct arena *a, arch_filters *filters, const struct arch_filter *arch)
{
	for_each (f, filters)
		if (f->audit_arch == arch->audit_arch && f->x32 == arch->x32)
			return;
	*list_add(a, filters) = *arch;
}

/* The native one is always among them: the container's program has it. */
static void archs_read(struct planner *p, struct seccomp_profile *profile,
		       const struct oci_seccomp *sc)
{
	struct arch_filter arch = { 0 };

	arch_native(&arch);
	arch_add(p->arena, &profile->filters, &arch);
	for_each (name, &sc->architectures) {
		if (!is_among(seccomp_archs, *name))
			refuse(p, name, NULL, "unknown architecture %s", *name);
		else if (!arch_find(*name, &arch))
			refuse(p, name, NULL, "libseccomp %s does not know %s",
			       seccomp_library_version(), *name);
		else
			arch_add(p->arena, &profile->filters, &arch);
	}
}

static struct condition condition_read(struct planner *p, const struct oci_syscall_arg *arg)
{
	unsigned long op = COMPARE_EQ;

	if (arg->index >= SYSCALL_ARGS)
		refuse(p, arg, "index", "%u: a system call has the arguments 0 to %d", arg->index,
		       SYSCALL_ARGS - 1);
	if (!arg->op || !name_lookup(seccomp_operators, arg->op, &op))
		refuse(p, arg, "op", "unknown operator %s", or_nothing(arg->op));
	return (struct condition){ arg->index, (enum compare)op, arg->value, arg->value_two };
}

/* libseccomp took one condition for an argument, so two on the same are alternatives to all. */
static bool args_repeat(const struct oci_syscall *rule)
{
	uint64_t seen = 0;

	for_each (arg, &rule->args) {
		uint64_t bit = UINT64_C(1) << arg->index % 64;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

/* What must hold: all conditions of a rule, or one of them; without any the list is empty. */
static alternatives conditions_read(struct planner *p, const struct oci_syscall *rule)
{
	struct condition *conds = arena_array(p->arena, struct condition, rule->args.n);
	size_t together = args_repeat(rule) ? 1 : rule->args.n;
	alternatives list = { 0 };

	for (size_t i = 0; i < rule->args.n; i++)
		conds[i] = condition_read(p, &rule->args.v[i]);
	for (size_t i = 0; i < rule->args.n; i += together)
		*list_add(p->arena, &list) = (conditions){ conds + i, together };
	return list;
}

/* One name of a rule; there is room. */
static void call_add(struct seccomp_profile *profile, struct call call, const alternatives *list)
{
	calls *all = &profile->calls;

	if (!list->n)
		all->v[all->n++] = call;
	for_each (conds, list) {
		call.conds = conds;
		all->v[all->n++] = call;
	}
}

static void rule_read(struct planner *p, struct seccomp_profile *profile,
		      const struct oci_syscall *rule)
{
	struct call call = { .conds = NULL };
	alternatives list;

	call.action = action_read(p, rule, "action", rule->action, "errnoRet", rule->errno_ret);
	list = conditions_read(p, rule);
	if (rule->names.n == 0)
		refuse(p, rule, "names", "must name at least one system call");
	for_each (name, &rule->names) {
		if (call.action == SECCOMP_RET_USER_NOTIF && is_among(never_notified, *name))
			refuse(p, name, NULL, "SCMP_ACT_NOTIFY cannot be used for the %s syscall",
			       *name);
		call.id = syscall_find(*name);
		call_add(profile, call, &list);
	}
}

static void rules_read(struct planner *p, struct seccomp_profile *profile,
		       const struct oci_seccomp *sc)
{
	size_t room = 0;

	for_each (rule, &sc->syscalls)
		room += rule->names.n * (rule->args.n ? rule->args.n : 1);
	profile->calls.v = arena_array(p->arena, struct call, room);
	for_each (rule, &sc->syscalls)
		rule_read(p, profile, rule);
}

/* config-linux.md: listenerPath counts only if something notifies. */
static void listener_read(struct planner *p, struct seccomp_profile *profile,
			  const struct oci_seccomp *sc)
{
	struct seccomp_plan *plan = &p->plan->seccomp;

	for_each (c, &profile->calls)
		plan->notify |= c->action == SECCOMP_RET_USER_NOTIF;
	if (profile->default_action == SECCOMP_RET_USER_NOTIF)
		refuse(p, sc, "defaultAction",
		       "SCMP_ACT_NOTIFY cannot be used for the write syscall, nor as the default");
	if (sc->listener_metadata && !sc->listener_path)
		refuse(p, sc, "listenerMetadata",
		       "is for a listener, but there is no listenerPath");
	if (plan->notify && !sc->listener_path)
		refuse(p, sc, "listenerPath", "missing: a rule has SCMP_ACT_NOTIFY");

	if (plan->notify) {
		plan->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		plan->listener_path = sc->listener_path;
		plan->listener_metadata = sc->listener_metadata;
	} else {
		/* seccomp(2): the kernel takes this flag only together with a listener. */
		plan->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	}
}

/* With these defaults an unknown call runs anyway; or has its ENOSYS already. */
static bool wants_enosys(uint32_t default_action)
{
	uint32_t action = default_action & SECCOMP_RET_ACTION_FULL;

	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG &&
	       action != SECCOMP_RET_TRACE && default_action != (SECCOMP_RET_ERRNO | ENOSYS);
}

void seccomp_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	const struct oci_seccomp *sc = lin ? lin->seccomp : NULL;
	struct seccomp_profile *profile;

	if (!sc)
		return;
	profile = arena_new(p->arena, struct seccomp_profile);
	profile->default_action = action_read(p, sc, "defaultAction", sc->default_action,
					      "defaultErrnoRet", sc->default_errno_ret);
	p->plan->seccomp.profile = profile;
	p->plan->seccomp.flags = flags_read(p, sc);
	archs_read(p, profile, sc);
	rules_read(p, profile, sc);
	listener_read(p, profile, sc);
}

/* ---- the program ---- */

static void filters_make(struct arena *a, const struct seccomp_profile *profile,
			 arch_filters *filters)
{
	for_each (arch, &profile->filters) {
		auto_arena struct arena scratch = { 0 };
		struct arch_filter *f = list_add(a, filters);
		filter_rules rules = { 0 };

		*f = *arch;
		calls_number(&scratch, &profile->calls, profile->default_action, f, &rules);
		filter_make(a, &rules, profile->default_action, f);
	}
}

#define TOO_LARGE	"too many instructions for a filter: %zu, the kernel takes %d"

struct err *seccomp_assemble(struct arena *a, const struct plan *plan, struct sock_fprog *program)
{
	const struct seccomp_profile *profile = plan->seccomp.profile;
	auto_arena struct arena scratch = { 0 };
	arch_filters filters = { 0 };
	bpf_program code;

	*program = (struct sock_fprog){ 0 };
	if (!profile)
		return NULL;
	filters_make(&scratch, profile, &filters);
	filters_join(a, &filters, wants_enosys(profile->default_action), &code);
	if (code.n > BPF_MAXINSNS)
		return err_at(err_new(E2BIG, TOO_LARGE, code.n, BPF_MAXINSNS), plan->doc,
			      plan->spec->linux, "seccomp");
	*program = (struct sock_fprog){ (unsigned short)code.n, code.v };
	return NULL;
}
