/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp. An interpreter runs the program for calls of three
 * architectures; what it answers is compared with the rules themselves,
 * evaluated one after the other as the specification says.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/plan/filter.h"
#include "../../lib/plan/syscall_entry.h"
#include "../../lib/plan/syscalls.h"
#include "room.h"

#include "check.h"

#define X32_BIT	0x40000000u

/* The program of what could be planned; without findings there must be one. */
static void assemble(struct room *r)
{
	struct err *err;

	seccomp_plan(&r->p);
	if (r->found.n)
		return;
	err = seccomp_assemble(&r->arena, &r->plan, &r->plan.seccomp.program);
	assert_string_equal(err_text(err), "");
	assert_non_null(r->plan.seccomp.program.filter);
}

/* ---- classic BPF ---- */

static bool jumps(const struct sock_filter *in, uint32_t a)
{
	switch (BPF_OP(in->code)) {
	case BPF_JEQ:
		return a == in->k;
	case BPF_JGT:
		return a > in->k;
	case BPF_JGE:
		return a >= in->k;
	case BPF_JSET:
		return a & in->k;
	}
	fail_msg("jump %#x", in->code);
	return false;
}

static uint32_t bpf_run(const struct sock_filter *insns, size_t n, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *in = &insns[pc];

		switch (BPF_CLASS(in->code)) {
		case BPF_LD:
			assert_int_equal(in->code, BPF_LD | BPF_W | BPF_ABS);
			assert_true(in->k + sizeof(a) <= sizeof(*data));
			memcpy(&a, (const char *)data + in->k, sizeof(a));
			break;
		case BPF_ALU:
			assert_int_equal(in->code, BPF_ALU | BPF_AND | BPF_K);
			a &= in->k;
			break;
		case BPF_JMP:
			if (BPF_OP(in->code) == BPF_JA)
				pc += in->k;
			else
				pc += jumps(in, a) ? in->jt : in->jf;
			break;
		case BPF_RET:
			return in->k;
		default:
			fail_msg("instruction %#x", in->code);
		}
	}
	fail_msg("ran off the end of %zu instructions", n);
	return 0;
}

/* ---- the rules themselves ---- */

struct arch {
	const char *oci;
	uint32_t token, audit;
	bool wide;			/* 64-bit arguments */
	uint32_t max_nr;		/* the newest number that a profile knows */
};

static const struct arch archs[] = {
	{ "SCMP_ARCH_X86_64",	SCMP_ARCH_X86_64,	AUDIT_ARCH_X86_64,	true },
	{ "SCMP_ARCH_X86",	SCMP_ARCH_X86,		AUDIT_ARCH_I386,	false },
	{ "SCMP_ARCH_X32",	SCMP_ARCH_X32,		AUDIT_ARCH_X86_64,	false },
};

/* i386: parts of socketcall(2) and ipc(2), and their own numbers since 4.3 and 5.1. */
static const struct part { const char *name; int whole, index, nr; } parts[] = {
	{ "socket", 102, 1, 359 },	{ "bind", 102, 2, 361 },
	{ "connect", 102, 3, 362 },	{ "listen", 102, 4, 363 },
	{ "accept", 102, 5, -1 },	{ "getsockname", 102, 6, 367 },
	{ "getpeername", 102, 7, 368 },	{ "socketpair", 102, 8, 360 },
	{ "send", 102, 9, -1 },		{ "recv", 102, 10, -1 },
	{ "sendto", 102, 11, 369 },	{ "recvfrom", 102, 12, 371 },
	{ "shutdown", 102, 13, 373 },	{ "setsockopt", 102, 14, 366 },
	{ "getsockopt", 102, 15, 365 },	{ "sendmsg", 102, 16, 370 },
	{ "recvmsg", 102, 17, 372 },	{ "accept4", 102, 18, 364 },
	{ "recvmmsg", 102, 19, 337 },	{ "sendmmsg", 102, 20, 345 },
	{ "semop", 117, 1, -1 },	{ "semget", 117, 2, 393 },
	{ "semctl", 117, 3, 394 },	{ "semtimedop", 117, 4, -1 },
	{ "msgsnd", 117, 11, 400 },	{ "msgrcv", 117, 12, 401 },
	{ "msgget", 117, 13, 399 },	{ "msgctl", 117, 14, 402 },
	{ "shmat", 117, 21, 397 },	{ "shmdt", 117, 22, 398 },
	{ "shmget", 117, 23, 395 },	{ "shmctl", 117, 24, 396 },
};

static unsigned long value_of(const struct name_value *table, const char *name)
{
	unsigned long value = 0;

	assert_true(name_lookup(table, name, &value));
	return value;
}

static uint32_t action_of(const char *name, const uint32_t *errno_ret)
{
	uint32_t action = (uint32_t)value_of(seccomp_actions, name);

	if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		action |= errno_ret ? *errno_ret : EPERM;
	return action;
}

static bool arg_matches(const struct oci_syscall_arg *arg, const struct arch *arch, uint64_t is)
{
	uint64_t mask = arch->wide ? UINT64_MAX : UINT32_MAX;
	uint64_t value = arg->value & mask, two = arg->value_two & mask;

	is &= mask;
	switch (value_of(seccomp_operators, arg->op)) {
	case COMPARE_NE:
		return is != value;
	case COMPARE_LT:
		return is < value;
	case COMPARE_LE:
		return is <= value;
	case COMPARE_EQ:
		return is == value;
	case COMPARE_GE:
		return is >= value;
	case COMPARE_GT:
		return is > value;
	default:
		return (is & value) == two;
	}
}

static bool args_match(const struct oci_syscall *rule, const struct arch *arch,
		       const struct seccomp_data *data)
{
	unsigned seen = 0;
	bool all = true, any = false;

	for_each (arg, &rule->args) {
		bool is = arg_matches(arg, arch, data->args[arg->index]);

		all &= is;
		any |= is;
		if (seen & 1u << arg->index)
			seen |= 1u << 31;
		seen |= 1u << arg->index;
	}
	return seen & 1u << 31 ? any : all;
}

static const struct part *part_find(const struct arch *arch, const char *name)
{
	if (arch->token == SCMP_ARCH_X86)
		for (size_t i = 0; i < countof(parts); i++)
			if (!strcmp(parts[i].name, name))
				return &parts[i];
	return NULL;
}

/* The number of a call; negative if there is none. */
static int number(const struct arch *arch, const char *name)
{
	const struct part *part = part_find(arch, name);

	return part ? part->nr : seccomp_syscall_resolve_name_arch(arch->token, name);
}

static uint32_t max_nr(const struct oci_seccomp *sc, const struct arch *arch)
{
	int max = 0;

	for_each (rule, &sc->syscalls)
		for_each (name, &rule->names)
			if (number(arch, *name) > max)
				max = number(arch, *name);
	return (uint32_t)max;
}

/* seccomp(2): the order in which the kernel prefers answers. */
static int rank(uint32_t action)
{
	static const uint32_t order[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE, SECCOMP_RET_LOG,
		SECCOMP_RET_ALLOW,
	};
	int i = 0;

	while (order[i] != (action & SECCOMP_RET_ACTION_FULL))
		i++;
	return i;
}

/* A part of socketcall(2) or ipc(2): its arguments cannot be seen, so the worst is assumed. */
static uint32_t part_run(const struct oci_seccomp *sc, const struct arch *arch,
			 const struct seccomp_data *data, uint32_t fallback)
{
	uint32_t worst = fallback, always = 0;
	bool has_always = false;

	for_each (rule, &sc->syscalls) {
		uint32_t action = action_of(rule->action, rule->errno_ret);

		for_each (name, &rule->names) {
			const struct part *part = part_find(arch, *name);

			if (!part || action == fallback || part->whole != data->nr ||
			    (uint32_t)part->index != (uint32_t)data->args[0])
				continue;
			if (!rule->args.n && !has_always) {
				always = action;
				has_always = true;
			} else if (rank(action) < rank(worst)) {
				worst = action;
			}
		}
	}
	return has_always ? always : worst;
}

/* A rule without conditions counts before any with; then the first that matches. */
static uint32_t rules_run(const struct oci_seccomp *sc, const struct arch *arch,
			  const struct seccomp_data *data)
{
	uint32_t fallback = action_of(sc->default_action, sc->default_errno_ret);

	for (int conditional = 0; conditional < 2; conditional++) {
		for_each (rule, &sc->syscalls) {
			uint32_t action = action_of(rule->action, rule->errno_ret);

			if (action == fallback || (rule->args.n > 0) != conditional)
				continue;
			for_each (name, &rule->names)
				if (data->nr >= 0 && number(arch, *name) == data->nr &&
				    args_match(rule, arch, data))
					return action;
		}
	}
	return part_run(sc, arch, data, fallback);
}

static bool has_arch(const struct oci_seccomp *sc, const struct arch *arch)
{
	for_each (name, &sc->architectures)
		if (!strcmp(*name, arch->oci))
			return true;
	return arch->token == seccomp_arch_native();
}

static uint32_t expected(const struct oci_seccomp *sc, const struct arch *arch,
			 const struct seccomp_data *data)
{
	uint32_t fallback = action_of(sc->default_action, sc->default_errno_ret);

	if (!has_arch(sc, arch))
		return SECCOMP_RET_KILL_THREAD;
	switch (fallback & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
		break;
	default:
		if (arch->max_nr && (uint32_t)data->nr > arch->max_nr)
			return SECCOMP_RET_ERRNO | ENOSYS;
	}
	return rules_run(sc, arch, data);
}

/* ---- comparing ---- */

static void compare_one(const struct room *r, const struct arch *arch,
			const struct seccomp_data *data)
{
	const struct oci_seccomp *sc = r->config.spec.linux->seccomp;
	uint32_t want = expected(sc, arch, data);
	uint32_t got = bpf_run(r->plan.seccomp.program.filter, r->plan.seccomp.program.len, data);

	if (got != want)
		fail_msg("%s nr %d (%#llx, %#llx, %#llx, …): %#x instead of %#x\n%s", arch->oci,
			 data->nr, (unsigned long long)data->args[0],
			 (unsigned long long)data->args[1], (unsigned long long)data->args[2],
			 got, want, r->config.doc.text);
}

/* Values around those that the rules ask for. */
static uint64_t interesting(const struct oci_seccomp *sc, unsigned seed, unsigned index)
{
	static const uint64_t usual[] = { 0, 1, 2, 3, 9, 16, 21, 23, 40, UINT32_MAX, 1ull << 32,
					  UINT64_MAX };
	unsigned i = 0;

	for_each (rule, &sc->syscalls) {
		for_each (arg, &rule->args) {
			if (arg->index != index || i++ != seed / 6 % 16)
				continue;
			switch (seed % 6) {
			case 0:
				return arg->value;
			case 1:
				return arg->value - 1;
			case 2:
				return arg->value + 1;
			case 3:
				return arg->value ^ 1ull << 32;
			case 4:
				return arg->value_two;
			default:
				return arg->value_two | ~arg->value;
			}
		}
	}
	return usual[seed % countof(usual)];
}

static bool has_args(const struct oci_seccomp *sc, const struct arch *arch, int nr)
{
	for_each (rule, &sc->syscalls)
		for_each (name, &rule->names)
			if (rule->args.n &&
			    number(arch, *name) == nr)
				return true;
	return arch->token == SCMP_ARCH_X86 && (nr == 102 || nr == 117);
}

/* Every number, and for those with conditions many arguments. Returns how many calls that were. */
static size_t compare_all(const struct room *r, unsigned tries)
{
	const struct oci_seccomp *sc = r->config.spec.linux->seccomp;
	uint64_t state = 1;
	size_t n = 0;

	for (size_t i = 0; i < countof(archs); i++) {
		uint32_t base = archs[i].token == SCMP_ARCH_X32 ? X32_BIT : 0;
		struct arch arch = archs[i];

		arch.max_nr = max_nr(sc, &arch);
		for (uint32_t nr = 0; nr < 700; nr++) {
			struct seccomp_data data = { (int)(base | nr), arch.audit };
			unsigned times = has_args(sc, &arch, data.nr) ? tries : 1;

			for (unsigned t = 0; t < times; t++, n++) {
				for (unsigned a = 0; a < 6; a++)
					data.args[a] = interesting(sc, random_next(&state), a);
				compare_one(r, &arch, &data);
			}
		}
	}
	return n;
}

static char *file_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(f);
	assert_true(getdelim(&text, &size, 0, f) > 0);
	fclose(f);
	return text;
}

/* ---- libseccomp as the witness for profiles whose rules do not overlap ---- */

static void witness_add(scmp_filter_ctx ctx, const struct oci_syscall *rule, uint32_t action)
{
	struct scmp_arg_cmp args[6];
	unsigned n = 0;

	for_each (arg, &rule->args) {
		static const enum scmp_compare ops[] = {
			[COMPARE_EQ] = SCMP_CMP_EQ, [COMPARE_NE] = SCMP_CMP_NE,
			[COMPARE_LT] = SCMP_CMP_LT, [COMPARE_LE] = SCMP_CMP_LE,
			[COMPARE_GT] = SCMP_CMP_GT, [COMPARE_GE] = SCMP_CMP_GE,
			[COMPARE_MASKED] = SCMP_CMP_MASKED_EQ,
		};

		args[n++] = SCMP_CMP64(arg->index, ops[value_of(seccomp_operators, arg->op)],
				       arg->value, arg->value_two);
	}
	for_each (name, &rule->names) {
		int nr = seccomp_syscall_resolve_name(*name);

		if (nr != __NR_SCMP_ERROR)
			assert_int_equal(seccomp_rule_add_array(ctx, action, nr, n, args), 0);
	}
}

static bpf_program witness_make(struct arena *a, const struct oci_seccomp *sc)
{
	uint32_t fallback = action_of(sc->default_action, sc->default_errno_ret);
	scmp_filter_ctx ctx = seccomp_init(fallback);
	FILE *f = tmpfile();
	bpf_program program;

	assert_non_null(ctx);
	assert_non_null(f);
	for (size_t i = 0; i < countof(archs); i++)
		if (has_arch(sc, &archs[i]))
			seccomp_arch_add(ctx, archs[i].token);	/* EEXIST: the native one */
	for_each (rule, &sc->syscalls)
		if (action_of(rule->action, rule->errno_ret) != fallback)
			witness_add(ctx, rule, action_of(rule->action, rule->errno_ret));
	assert_int_equal(seccomp_export_bpf(ctx, fileno(f)), 0);
	seccomp_release(ctx);
	fseek(f, 0, SEEK_END);
	program.n = (size_t)ftell(f) / sizeof(*program.v);
	rewind(f);
	program.v = arena_array(a, struct sock_filter, program.n);
	assert_int_equal(fread(program.v, sizeof(*program.v), program.n, f), program.n);
	fclose(f);
	return program;
}

static void witness_compare(struct room *r)
{
	const struct oci_seccomp *sc = r->config.spec.linux->seccomp;
	bpf_program witness = witness_make(&r->arena, sc);
	uint32_t maxima[countof(archs)];
	uint64_t state = 7;

	for (size_t i = 0; i < countof(archs); i++)
		maxima[i] = max_nr(sc, &archs[i]);
	for (unsigned i = 0; i < 100000; i++) {
		const struct arch *arch = &archs[i % 3];
		uint32_t max = maxima[i % 3];
		struct seccomp_data data = {
			(int)(max & X32_BIT) | (int)(random_next(&state) % ((max & ~X32_BIT) + 1)),
			arch->audit,
		};

		for (unsigned a = 0; a < 6; a++)
			data.args[a] = interesting(sc, random_next(&state), a);
		assert_int_equal(bpf_run(r->plan.seccomp.program.filter, r->plan.seccomp.program.len, &data),
				 bpf_run(witness.v, witness.n, &data));
	}
}

static void real_profiles(void **state)
{
	static const char *const files[] = {
		"tests/data/config/docker-default.json",
		"tests/data/config/podman-default.json",
		"tests/data/config/containerd-systemd-limits.json",
	};

	(void)state;
	for (size_t i = 0; i < countof(files); i++) {
		auto_free char *text = file_read(files[i]);
		struct room r;

		room_open(&r, text);
		assemble(&r);
		room_expect(&r, "", "", false);
		assert_int_equal(r.plan.seccomp.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
		assert_true(compare_all(&r, 200) > 2100);
		witness_compare(&r);
		room_close(&r);
	}
}

/* ---- made-up profiles ---- */

static const char *pick(uint64_t *state, const char *const *words, size_t n)
{
	return words[random_next(state) % n];
}

static void put_args(FILE *f, uint64_t *state)
{
	static const char *const ops[] = { "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ" };
	static const uint64_t values[] = { 0, 1, 2, 7, 255, UINT32_MAX, 1ull << 32, UINT64_MAX };
	unsigned n = 1 + random_next(state) % 3;

	fputs(",'args':[", f);
	for (unsigned i = 0; i < n; i++) {
		uint64_t value = values[random_next(state) % countof(values)];

		fprintf(f, "%s{'index':%u,'value':%llu,'valueTwo':%llu,'op':'SCMP_CMP_%s'}",
			i ? "," : "", random_next(state) % 6, (unsigned long long)value,
			(unsigned long long)(value & random_next(state)),
			pick(state, ops, countof(ops)));
	}
	fputs("]", f);
}

static void put_profile(FILE *f, uint64_t *state)
{
	static const char *const pool[] = {
		"read", "write", "openat", "clone", "personality", "ioctl", "socketcall",
		"fcntl", "mmap", "close_range", "stime", "no_such_call", "arch_prctl", "socket",
		"connect", "shmget", "semop", "accept4", "ipc",
	};
	static const char *const actions[] = {
		"'SCMP_ACT_ALLOW'", "'SCMP_ACT_ERRNO','errnoRet':7", "'SCMP_ACT_KILL_PROCESS'",
		"'SCMP_ACT_TRACE','errnoRet':9", "'SCMP_ACT_LOG'", "'SCMP_ACT_TRAP'",
	};
	static const char *const defaults[] = {
		"'SCMP_ACT_ERRNO'", "'SCMP_ACT_ALLOW'", "'SCMP_ACT_KILL'", "'SCMP_ACT_LOG'",
		"'SCMP_ACT_ERRNO','defaultErrnoRet':38", "'SCMP_ACT_TRAP'", "'SCMP_ACT_TRACE'",
	};
	static const char *const sets[] = {
		"", "'SCMP_ARCH_X86'", "'SCMP_ARCH_X86_64','SCMP_ARCH_X32'",
		"'SCMP_ARCH_X32','SCMP_ARCH_X86'", "'SCMP_ARCH_AARCH64'",
	};

	fprintf(f, "{'linux':{'seccomp':{'defaultAction':%s,'architectures':[%s],'syscalls':[",
		pick(state, defaults, countof(defaults)), pick(state, sets, countof(sets)));
	for (size_t i = 0; i < countof(pool); i++) {
		unsigned rules = random_next(state) % 4;

		for (unsigned n = 0; n < rules; n++) {
			fprintf(f, "{'names':['%s'],'action':%s", pool[i],
				pick(state, actions, countof(actions)));
			if (random_next(state) % 8)
				put_args(f, state);
			fputs("},", f);
		}
	}
	fputs("{'names':['exit','bind'],'action':'SCMP_ACT_ALLOW'}]}}}", f);
}

static void made_up_profiles(void **unused)
{
	uint64_t state = 42;
	size_t compared = 0;

	(void)unused;
	for (unsigned i = 0; i < 100; i++) {
		auto_free char *text = NULL;
		struct room r;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		assert_non_null(f);
		put_profile(f, &state);
		fclose(f);
		room_open(&r, text);
		assemble(&r);
		room_expect(&r, "", "", false);
		compared += compare_all(&r, 60);
		room_close(&r);
	}
	print_message("%zu calls compared\n", compared);
}

/* ---- single facts ---- */

static uint32_t answer(const struct room *r, uint32_t audit, uint32_t nr, uint64_t arg)
{
	struct seccomp_data data = { (int)nr, audit, 0, { arg } };

	return bpf_run(r->plan.seccomp.program.filter, r->plan.seccomp.program.len, &data);
}

#define PROFILE(action, more) \
	"{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_" action "'," more "}}}"
#define UP_TO_OPENAT2	"'syscalls':[{'names':['openat2'],'action':'SCMP_ACT_LOG'}]"

static void newer_calls_get_enosys(void **state)
{
	static const struct {
		const char *json;
		uint32_t newer, older;
	} cases[] = {
		{ PROFILE("ERRNO", UP_TO_OPENAT2), SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ERRNO | 1 },
		{ PROFILE("KILL", UP_TO_OPENAT2), SECCOMP_RET_ERRNO | ENOSYS, 0 },
		{ PROFILE("TRAP", UP_TO_OPENAT2), SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_TRAP },
		{ PROFILE("ALLOW", UP_TO_OPENAT2), SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ PROFILE("LOG", "'syscalls':[]"), SECCOMP_RET_LOG, SECCOMP_RET_LOG },
		{ PROFILE("TRACE", UP_TO_OPENAT2), SECCOMP_RET_TRACE | 1, SECCOMP_RET_TRACE | 1 },
		{ PROFILE("ERRNO", "'defaultErrnoRet':38," UP_TO_OPENAT2),
		  SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ERRNO | ENOSYS },
		/* Nothing is known to be older. */
		{ PROFILE("ERRNO", "'defaultErrnoRet':0"), SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, cases[i].json);
		assemble(&r);
		room_expect(&r, "", "", false);
		assert_int_equal(answer(&r, SCMP_ARCH_X86_64, 438, 0), cases[i].newer);
		assert_int_equal(answer(&r, SCMP_ARCH_X86_64, 436, 0), cases[i].older);
		assert_int_equal(answer(&r, SCMP_ARCH_S390X, 436, 0), SECCOMP_RET_KILL_THREAD);
		room_close(&r);
	}
}

/* By hand: no test machine is an s390, and x86_64 without x32 is not all there is. */
static void sections(void **state)
{
	static struct sock_filter one[] = { { BPF_RET | BPF_K, 0, 0, 1 } },
				  two[] = { { BPF_RET | BPF_K, 0, 0, 2 } },
				  three[] = { { BPF_RET | BPF_K, 0, 0, 3 } };
	struct arch_filter list[] = {
		{ AUDIT_ARCH_S390X, false, 10, { one, 1 } },
		{ AUDIT_ARCH_X86_64, true, X32_BIT | 5, { two, 1 } },
		{ AUDIT_ARCH_AARCH64, false, 0, { three, 1 } },
	};
	static const struct { uint32_t audit, nr, want; } cases[] = {
		{ AUDIT_ARCH_S390X, 0, SECCOMP_RET_ERRNO | ENOSYS },
		{ AUDIT_ARCH_S390X, 1, 1 },
		{ AUDIT_ARCH_S390X, 10, 1 },
		{ AUDIT_ARCH_S390X, 11, SECCOMP_RET_ERRNO | ENOSYS },
		{ AUDIT_ARCH_X86_64, X32_BIT | 5, 2 },
		{ AUDIT_ARCH_X86_64, X32_BIT | 6, SECCOMP_RET_ERRNO | ENOSYS },
		{ AUDIT_ARCH_X86_64, 6, SECCOMP_RET_KILL_THREAD },
		{ AUDIT_ARCH_X86_64, UINT32_MAX, SECCOMP_RET_ERRNO | ENOSYS },
		{ AUDIT_ARCH_AARCH64, 9999, 3 },	/* it knows no call: nothing to go by */
		{ AUDIT_ARCH_RISCV64, 1, SECCOMP_RET_KILL_THREAD },
	};
	auto_arena struct arena a = { 0 };
	arch_filters filters = { list, countof(list) };
	bpf_program program;

	(void)state;
	filters_join(&a, &filters, true, &program);
	for (size_t i = 0; i < countof(cases); i++) {
		struct seccomp_data data = { (int)cases[i].nr, cases[i].audit };

		assert_int_equal(bpf_run(program.v, program.n, &data), cases[i].want);
	}
}

/* Two rules of one call are asked one after the other; libseccomp's generator mixes these up. */
static void overlapping_rules(void **state)
{
#define ARG(i, op, v)	"{'index':" #i ",'op':'SCMP_CMP_" #op "','value':" #v "}"
#define IF(args)	"{'names':['getpid'],'action':'SCMP_ACT_TRAP','args':[" args "]}"
	static const struct {
		const char *json;
		uint64_t args[3];
		uint32_t want;
	} cases[] = {
		{ PROFILE("ALLOW", "'syscalls':[" IF(ARG(0, LE, 3) "," ARG(2, LE, 3)) ","
				   IF(ARG(0, LE, 4)) "]"), { 0, 0, 5 }, SECCOMP_RET_TRAP },
		{ PROFILE("ALLOW", "'syscalls':[" IF(ARG(0, NE, 6) "," ARG(2, GE, 3)) ","
				   IF(ARG(0, EQ, 3)) "]"), { 3, 0, 0 }, SECCOMP_RET_TRAP },
		{ PROFILE("ALLOW", "'syscalls':[" IF(ARG(0, LT, 6) "," ARG(2, NE, 5)) ","
				   IF(ARG(0, GT, 3)) "]"), { 0, 0, 5 }, SECCOMP_RET_ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct seccomp_data data = { 0 };
		struct room r;

		data.nr = seccomp_syscall_resolve_name("getpid");
		data.arch = seccomp_arch_native();
		memcpy(data.args, cases[i].args, sizeof(cases[i].args));
		room_open(&r, cases[i].json);
		assemble(&r);
		assert_int_equal(bpf_run(r.plan.seccomp.program.filter, r.plan.seccomp.program.len, &data),
				 cases[i].want);
		room_close(&r);
	}
}

#define RULES(rules)	PROFILE("ERRNO", "'syscalls':[" rules "]")
#define RULE		"/linux/seccomp/syscalls/0"

static void refusals(void **state)
{
	static const struct room_case cases[] = {
		{ PROFILE("PANIC", "'syscalls':[]"), "/linux/seccomp/defaultAction",
		  "unknown action SCMP_ACT_PANIC" },
		{ PROFILE("ALLOW", "'defaultErrnoRet':1"), "/linux/seccomp/defaultErrnoRet",
		  "SCMP_ACT_ALLOW returns no errno" },
		{ PROFILE("ERRNO", "'defaultErrnoRet':4096"), "/linux/seccomp/defaultErrnoRet",
		  "4096 is no errno" },
		{ PROFILE("NOTIFY", "'listenerPath':'/x'"), "/linux/seccomp/defaultAction",
		  "SCMP_ACT_NOTIFY cannot be used for the write syscall" },
		{ PROFILE("ERRNO", "'flags':['SECCOMP_FILTER_FLAG_NEW_LISTENER']"),
		  "/linux/seccomp/flags/0", "unknown seccomp flag" },
		{ PROFILE("ERRNO", "'architectures':['SCMP_ARCH_X86','SCMP_ARCH_PDP11']"),
		  "/linux/seccomp/architectures/1", "unknown architecture SCMP_ARCH_PDP11" },
		{ PROFILE("ERRNO", "'listenerMetadata':'x'"), "/linux/seccomp/listenerMetadata",
		  "no listenerPath" },
		{ RULES("{'names':[],'action':'SCMP_ACT_LOG'}"), RULE "/names", "at least one" },
		{ RULES("{'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':1}"),
		  RULE "/errnoRet", "SCMP_ACT_KILL returns no errno" },
		{ RULES("{'names':['read'],'action':'SCMP_ACT_NOTIFY'}"),
		  "/linux/seccomp/listenerPath", "missing" },
		{ RULES("{'names':['read','write'],'action':'SCMP_ACT_NOTIFY'}],"
			"'listenerPath':'/x','flags':["), RULE "/names/1",
		  "SCMP_ACT_NOTIFY cannot be used for the write syscall" },
		{ RULES("{'names':['sendmsg'],'action':'SCMP_ACT_NOTIFY'}],"
			"'listenerPath':'/x','flags':["), RULE "/names/0",
		  "SCMP_ACT_NOTIFY cannot be used for the sendmsg syscall" },
		{ RULES("{'names':['read'],'action':'SCMP_ACT_LOG','args':"
			"[{'index':6,'value':1,'op':'SCMP_CMP_EQ'}]}"),
		  RULE "/args/0/index", "0 to 5" },
		{ RULES("{'names':['read'],'action':'SCMP_ACT_LOG','args':"
			"[{'index':5,'value':1,'op':'EQ'}]}"),
		  RULE "/args/0/op", "unknown operator EQ" },
		{ 0 }
	};

	(void)state;
	room_refuses(seccomp_plan, cases, false);
}

/* Too many conditions for the kernel: a sentence, not a failing load. */
static void too_large(void **state)
{
	auto_free char *text = NULL;
	struct sock_fprog program;
	struct err *err;
	struct room r;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	fputs("{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[", f);
	for (int i = 0; i < 4500; i++)
		fprintf(f, "{'names':['ioctl'],'action':'SCMP_ACT_ALLOW','args':"
			"[{'index':1,'value':%d,'op':'SCMP_CMP_EQ'}]},", i);
	fputs("{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}}}", f);
	fclose(f);
	room_open(&r, text);
	seccomp_plan(&r.p);
	room_expect(&r, "", "", false);
	err = seccomp_assemble(&r.arena, &r.plan, &program);
	assert_int_equal(err_code(err), E2BIG);
	assert_string_equal(err_get(err, ERR_POINTER), "/linux/seccomp");
	assert_non_null(strstr(err_text(err), "the kernel takes 4096"));
	assert_int_equal(program.len, 0);
	err_free(err);
	room_close(&r);
}

static void flags_and_listener(void **state)
{
	static const struct { const char *more; unsigned flags; bool notify; } cases[] = {
		{ "'syscalls':[]", SECCOMP_FILTER_FLAG_SPEC_ALLOW, false },
		{ "'flags':[]", 0, false },
		{ "'flags':['SECCOMP_FILTER_FLAG_TSYNC']", 0, false },
		{ "'flags':['SECCOMP_FILTER_FLAG_LOG','SECCOMP_FILTER_FLAG_SPEC_ALLOW']",
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW, false },
		{ "'flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'listenerPath':'/s'", 0, false },
		{ "'flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'listenerPath':'/s',"
		  "'listenerMetadata':'m','syscalls':[{'names':['mkdir'],"
		  "'action':'SCMP_ACT_NOTIFY'}]",
		  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER, true },
	};
	char json[512];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		snprintf(json, sizeof(json), PROFILE("ERRNO", "%s"), cases[i].more);
		room_open(&r, json);
		assemble(&r);
		room_expect(&r, "", "", false);
		assert_int_equal(r.plan.seccomp.flags, cases[i].flags);
		assert_int_equal(r.plan.seccomp.notify, cases[i].notify);
		assert_int_equal(r.plan.seccomp.listener_path != NULL, cases[i].notify);
		assert_int_equal(r.plan.seccomp.listener_metadata != NULL, cases[i].notify);
		room_close(&r);
	}
}

static void every_word(void **state)
{
	char json[512];

	(void)state;
	for (const struct name_value *v = seccomp_actions; v->name; v++) {
		struct room r;

		snprintf(json, sizeof(json), "{'linux':{'seccomp':{'defaultAction':"
			 "'SCMP_ACT_TRACE','listenerPath':'/s','syscalls':[{'names':['mkdir'],"
			 "'action':'%s'}]}}}", v->name);
		room_open(&r, json);
		assemble(&r);
		room_expect(&r, "", "", false);
		room_close(&r);
	}
	for (const char *const *arch = seccomp_archs; *arch; arch++) {
		char name[32] = "";
		struct room r;

		for (size_t i = 0; (*arch)[10 + i]; i++)
			name[i] = (char)((*arch)[10 + i] | (isalpha((*arch)[10 + i]) ? 0x20 : 0));
		snprintf(json, sizeof(json), PROFILE("KILL", "'architectures':['%s'],"
			 "'syscalls':[{'names':['mkdirat'],'action':'SCMP_ACT_ALLOW'}]"), *arch);
		room_open(&r, json);
		assemble(&r);
		if (seccomp_arch_resolve_name(name))
			room_expect(&r, "", "", false);
		else
			room_expect(&r, "/linux/seccomp/architectures/0", "does not know", false);
		room_close(&r);
	}
}

/* ---- the table ---- */

/* What the table says about the number that libseccomp has this name for. */
static void number_expect(uint32_t arch, const char *name, int nr)
{
	int answer = seccomp_syscall_resolve_name_arch(arch, name);
	struct syscall_number number = syscall_number(syscalls_of(arch), syscall_find(name));

	assert_int_equal(number.nr, nr);
	assert_int_equal(number.part_of == PART_OF_NONE, answer == nr);
	if (number.part_of)
		assert_int_equal(answer, -100 * (int)number.part_of - (int)number.part);
}

/* Each number that libseccomp knows on each architecture, those of parts included. */
static void every_number(void **state)
{
	size_t seen = 0;

	(void)state;
	assert_int_equal(syscall_arch_native(), seccomp_arch_native());
	for (const char *const *of = seccomp_archs; *of; of++) {
		uint32_t arch = syscall_arch(*of);
		/* Below the first one libseccomp knows the MIPSes' numbers once more. */
		int read_nr = seccomp_syscall_resolve_name_arch(arch, "read");
		int first = arch == SCMP_ARCH_X32 ? 0x40000000 : read_nr - read_nr % 1000;

		for (int nr = first; arch && nr < first + 2000; nr++) {
			char *name = seccomp_syscall_resolve_num_arch(arch, nr);

			if (name)
				number_expect(arch, name, nr);
			seen += !!name;
			free(name);
		}
	}
	assert_true(seen > 19 * 250);
}

static void no_number(void **state)
{
	const struct arch *x86_64 = syscalls_of(syscall_arch("SCMP_ARCH_X86_64"));
	const struct arch *arm = syscalls_of(syscall_arch("SCMP_ARCH_ARM"));

	(void)state;
	assert_int_equal(syscall_find("no_such_call"), -1);
	assert_int_equal(syscall_find(""), -1);
	assert_int_equal(syscall_number(x86_64, -1).nr, -1);
	assert_null(syscalls_of(0));
	assert_int_equal(syscall_number(NULL, syscall_find("read")).nr, -1);
	assert_int_equal(syscall_number(x86_64, syscall_find("socketcall")).nr, -1);
	assert_int_equal(syscall_number(arm, syscall_find("set_tls")).nr, 0xf0005);
	assert_int_equal(syscall_arch("SCMP_ARCH_NO_SUCH_ARCHITECTURE"), 0);
}

/* ---- for real ---- */

static int call_errno(long nr)
{
	errno = 0;
	return syscall(nr, AT_FDCWD, "/nowhere/at/all", 0) < 0 ? errno : 0;
}

/* Not _exit(2): a sanitizer would look for leaks there, with calls that are denied now. */
static void leave(int status)
{
	syscall(SYS_exit_group, status);
}

static void child(const struct seccomp_plan *plan)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, plan->flags, &plan->program))
		leave(10);
	if (call_errno(SYS_mkdirat) != 7)
		leave(11);
	if (call_errno(SYS_sethostname) != EACCES)
		leave(12);
	if (call_errno(100000) != ENOSYS)
		leave(13);
	if (call_errno(SYS_unlinkat) != ENOENT)
		leave(14);
	leave(0);
}

static void loads(void **state)
{
	struct room r;
	int status;
	pid_t pid;

	(void)state;
	room_open(&r, "{'linux':{'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':13,"
		      "'architectures':['SCMP_ARCH_X86','SCMP_ARCH_X32'],'syscalls':["
		      "{'names':['exit_group','unlinkat','close'],'action':'SCMP_ACT_ALLOW'},"
		      "{'names':['mkdirat'],'action':'SCMP_ACT_ERRNO','errnoRet':7}]}}}");
	assemble(&r);
	room_expect(&r, "", "", false);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(&r.plan.seccomp);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	room_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_profiles),
		cmocka_unit_test(made_up_profiles),
		cmocka_unit_test(newer_calls_get_enosys),
		cmocka_unit_test(sections),
		cmocka_unit_test(overlapping_rules),
		cmocka_unit_test(refusals),
		cmocka_unit_test(too_large),
		cmocka_unit_test(flags_and_listener),
		cmocka_unit_test(every_word),
		cmocka_unit_test(every_number),
		cmocka_unit_test(no_number),
		cmocka_unit_test(loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
