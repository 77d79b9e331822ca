/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls by name to classic BPF. libseccomp knows the numbers of every
 * architecture and turns rules into a program; this is the only file that
 * includes its header. It makes one filter per architecture: three in one
 * context take it three times as long as three contexts, and enosys.c has to
 * choose by architecture anyway.
 */
#include "profile.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "rooms.h"

#define STRING_(x)	#x
#define STRING(x)	STRING_(x)

#define TREE_FROM	32		/* a search tree pays off for more calls than this */

/*
 * A call that once was only part of socketcall(2) or ipc(2) has a number below
 * -100 in libseccomp, even where it has got one of its own since: below 403
 * everywhere, with which Linux 5.1 made the numbers of all architectures one.
 */
enum { PART_FIRST = -300, PART_LAST = -100, PART_MAX_NR = 402 };

/* clang-format off */
const struct name_value seccomp_operators[] = {
	{ "SCMP_CMP_EQ",		SCMP_CMP_EQ },
	{ "SCMP_CMP_GE",		SCMP_CMP_GE },
	{ "SCMP_CMP_GT",		SCMP_CMP_GT },
	{ "SCMP_CMP_LE",		SCMP_CMP_LE },
	{ "SCMP_CMP_LT",		SCMP_CMP_LT },
	{ "SCMP_CMP_MASKED_EQ",		SCMP_CMP_MASKED_EQ },
	{ "SCMP_CMP_NE",		SCMP_CMP_NE },
	{ 0 }
};
/* clang-format on */

/* A call as one architecture numbers it; negative: it has none of its own. */
struct arch_call {
	int nr;
	const struct call *call;
};

static void release_p(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static uint32_t token_of(const struct arch_filter *f)
{
	return f->x32 ? SCMP_ARCH_X32 : f->audit_arch;
}

static void arch_of(uint32_t token, struct arch_filter *f)
{
	/* x32 is the only one whose token is not what the kernel shows the filter. */
	f->x32 = token == SCMP_ARCH_X32;
	f->audit_arch = f->x32 ? AUDIT_ARCH_X86_64 : token;
}

static struct scmp_arg_cmp arg_of(const struct oci_syscall_arg *arg)
{
	unsigned long op = 0;

	name_lookup(seccomp_operators, arg->op, &op);
	return SCMP_CMP64(arg->index, (enum scmp_compare)op, arg->value, arg->value_two);
}

/* libseccomp takes one condition per argument; two on the same become alternatives. */
static bool args_repeat(const struct oci_syscall *rule)
{
	unsigned seen = 0;

	for_each (arg, &rule->args) {
		if (seen & 1u << arg->index)
			return true;
		seen |= 1u << arg->index;
	}
	return false;
}

static int call_add(scmp_filter_ctx ctx, const struct call *c, int native)
{
	struct scmp_arg_cmp args[SYSCALL_ARGS];
	unsigned n = 0;

	if (!args_repeat(c->from)) {
		for_each (arg, &c->from->args)
			args[n++] = arg_of(arg);
		return seccomp_rule_add_array(ctx, c->action, native, n, args);
	}
	for_each (arg, &c->from->args) {
		int rc;

		args[0] = arg_of(arg);
		rc = seccomp_rule_add_array(ctx, c->action, native, 1, args);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Descending, for libseccomp inserts into an ascending list; the rules of one call in order. */
static int arch_call_compare(const void *a, const void *b)
{
	const struct arch_call *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return x->call < y->call ? -1 : x->call > y->call;
}

/* Keeps the newest number that the profile knows; its action does not matter. */
static void max_update(struct arch_filter *f, int nr)
{
	if (nr > PART_FIRST && nr < PART_LAST)
		nr = PART_MAX_NR;
	if (nr > 0 && (uint32_t)nr > f->max_nr)
		f->max_nr = (uint32_t)nr;
}

static struct arch_call *arch_calls_make(struct arena *a, const struct profile *profile,
					 struct arch_filter *f)
{
	struct arch_call *list = arena_array(a, struct arch_call, profile->calls.n);
	uint32_t token = token_of(f);

	for (size_t i = 0; i < profile->calls.n; i++) {
		const struct call *c = &profile->calls.v[i];

		list[i].nr = seccomp_syscall_resolve_name_arch(token, c->name);
		list[i].call = c;
		max_update(f, list[i].nr);
	}
	qsort(list, profile->calls.n, sizeof(*list), arch_call_compare);
	return list;
}

/* A filter without rules for this architecture alone. */
static int filter_new(const struct profile *profile, const struct arch_filter *f,
		      scmp_filter_ctx *ctx)
{
	int rc = 0;

	*ctx = seccomp_init(profile->default_action);
	if (!*ctx)
		return -EINVAL;
	if (token_of(f) != seccomp_arch_native()) {
		rc = seccomp_arch_remove(*ctx, seccomp_arch_native());
		if (rc == 0)
			rc = seccomp_arch_add(*ctx, token_of(f));
	}
	if (rc == 0 && profile->calls.n > TREE_FROM)
		rc = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc;
}

/* Through a file: before 2.6 libseccomp writes its program nowhere else. */
static struct err *filter_export(struct arena *a, scmp_filter_ctx ctx, struct arch_filter *f)
{
	auto_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	off_t size;
	int rc;

	if (fd < 0)
		return err_sys("memfd_create", NULL);
	rc = seccomp_export_bpf(ctx, fd);
	if (rc < 0)
		return err_new(-rc, "seccomp_export_bpf: %s", errno_words(-rc));
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return err_sys("lseek", NULL);
	f->n = (size_t)size / sizeof(*f->insns);
	f->insns = arena_array(a, struct sock_filter, f->n);
	if (pread(fd, f->insns, (size_t)size, 0) != size)
		return err_sys("pread", NULL);
	return NULL;
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

struct err *filter_compile(struct arena *a, const struct profile *profile, struct arch_filter *f)
{
	__attribute__((cleanup(release_p))) scmp_filter_ctx ctx = NULL;
	const struct arch_call *list = arch_calls_make(a, profile, f);
	int rc = filter_new(profile, f, &ctx);

	if (rc < 0)
		return err_new(-rc, "libseccomp: %s", errno_words(-rc));
	for (size_t i = 0; i < profile->calls.n; i++) {
		const struct call *c = list[i].call;
		int native = seccomp_syscall_resolve_name(c->name);

		/* A profile names calls of newer kernels than libseccomp has heard of. */
		if (native == __NR_SCMP_ERROR)
			continue;
		/* libseccomp refuses a rule that says what the default says. */
		if (c->action == profile->default_action)
			continue;
		rc = call_add(ctx, c, native);
		if (rc < 0)
			return err_new(-rc, "%s: %s", c->name, errno_words(-rc));
	}
	return filter_export(a, ctx, f);
}

const char *seccomp_library_version(void)
{
	return STRING(SCMP_VER_MAJOR) "." STRING(SCMP_VER_MINOR) "." STRING(SCMP_VER_MICRO);
}
