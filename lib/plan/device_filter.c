/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources.devices to a program for a cgroup (BPF_PROG_TYPE_CGROUP_DEVICE).
 *
 * Later rules override earlier ones, bit by bit of r, w and m: after "allow
 * 1:3 rwm, deny 1:3 w" reading is allowed, opening for both is not. So the
 * program asks the rules from the last to the first and drops from the request
 * what a rule allows; what a rule denies of the rest is kept, and the request
 * is granted if at the end that is nothing.
 *
 * There is no jump in it: the kernel's verifier has to follow both ways of
 * each, and took longer for that than for all else that a run has to do for
 * devices. A rule that is not for the device is one with a mask of zeros.
 */
#include "rooms.h"

#include <linux/bpf.h>
#include <sched.h>
#include <string.h>

#define ACCESS_ALL	(BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)

enum { ANY = DEVICE_ANY };		/* also what older engines write for "all of them" */

typedef LIST(struct bpf_insn) program;

/* The registers: r1 comes with struct bpf_cgroup_dev_ctx, the others are loaded from it. */
enum { R_RESULT = BPF_REG_0, R_CTX, R_TYPE, R_ACCESS, R_MAJOR, R_MINOR,
       R_DENIED,			/* of the request, so far */
       R_MASK, R_OTHER };

/*
 * What every container gets, whatever its configuration denies: the default
 * devices of config-linux.md, the pseudo-terminals, tun; and making nodes,
 * which opens none of them.
 */
/* clang-format off */
static const struct device_rule default_rules[] = {
	{ true, BPF_DEVCG_DEV_CHAR,  ANY, ANY, BPF_DEVCG_ACC_MKNOD },
	{ true, BPF_DEVCG_DEV_BLOCK, ANY, ANY, BPF_DEVCG_ACC_MKNOD },
	{ true, BPF_DEVCG_DEV_CHAR,  1,   3,   ACCESS_ALL },	/* null */
	{ true, BPF_DEVCG_DEV_CHAR,  1,   5,   ACCESS_ALL },	/* zero */
	{ true, BPF_DEVCG_DEV_CHAR,  1,   7,   ACCESS_ALL },	/* full */
	{ true, BPF_DEVCG_DEV_CHAR,  1,   8,   ACCESS_ALL },	/* random */
	{ true, BPF_DEVCG_DEV_CHAR,  1,   9,   ACCESS_ALL },	/* urandom */
	{ true, BPF_DEVCG_DEV_CHAR,  5,   0,   ACCESS_ALL },	/* tty */
	{ true, BPF_DEVCG_DEV_CHAR,  5,   1,   ACCESS_ALL },	/* console */
	{ true, BPF_DEVCG_DEV_CHAR,  5,   2,   ACCESS_ALL },	/* ptmx */
	{ true, BPF_DEVCG_DEV_CHAR,  136, ANY, ACCESS_ALL },	/* pts/0, … */
	{ true, BPF_DEVCG_DEV_CHAR,  10,  200, ACCESS_ALL },	/* net/tun */
};
/* clang-format on */

/* ---- reading ---- */

static int type_read(const struct oci_device_rule *r)
{
	if (!r->type || strcmp(r->type, "a") == 0)
		return ANY;
	if (strcmp(r->type, "c") == 0)
		return BPF_DEVCG_DEV_CHAR;
	return BPF_DEVCG_DEV_BLOCK;
}

static int64_t number_read(struct planner *p, const struct oci_device_rule *r, const char *member,
			   const int64_t *number)
{
	if (!number)
		return ANY;
	if (*number < ANY || *number > UINT32_MAX)
		refuse(p, r, member, "%lld is no device number", (long long)*number);
	return *number;
}

static int access_read(const struct oci_device_rule *r)
{
	int access = 0;

	if (!r->access)
		return ACCESS_ALL;
	for (const char *c = r->access; *c; c++) {
		if (*c == 'r')
			access |= BPF_DEVCG_ACC_READ;
		else if (*c == 'w')
			access |= BPF_DEVCG_ACC_WRITE;
		else
			access |= BPF_DEVCG_ACC_MKNOD;
	}
	return access;
}

/* ---- folding ---- */

static bool is_wider(const struct device_rule *a, const struct device_rule *b)
{
	return (a->type == ANY || a->type == b->type) &&
	       (a->major == ANY || a->major == b->major) &&
	       (a->minor == ANY || a->minor == b->minor) && (b->access & ~a->access) == 0;
}

static bool is_catch_all(const struct device_rule *r)
{
	return r->type == ANY && r->major == ANY && r->minor == ANY && r->access == ACCESS_ALL;
}

/* Adds a rule to those that are asked before it, if it can still decide anything. */
static void rule_add(struct planner *p, device_rules *asked, const struct device_rule *rule)
{
	for_each (before, asked)
		if (is_wider(before, rule))
			return;
	*list_add(p->arena, asked) = *rule;
}

/*
 * The rules in the order in which they are asked; the last one catches all.
 * Those just before it that say the same as it are left out.
 */
static void rules_fold(struct planner *p, const device_rules *configured, device_rules *asked)
{
	static const struct device_rule deny_all = { false, ANY, ANY, ANY, ACCESS_ALL };
	struct device_rule last = deny_all;

	for (size_t i = countof(default_rules); i-- > 0;)
		rule_add(p, asked, &default_rules[i]);
	for (size_t i = configured->n; i-- > 0;) {
		if (is_catch_all(&configured->v[i])) {
			last = configured->v[i];
			break;
		}
		rule_add(p, asked, &configured->v[i]);
	}
	while (asked->n && asked->v[asked->n - 1].allow == last.allow)
		asked->n--;
	*list_add(p->arena, asked) = last;
}

/* ---- code ---- */

static void emit(struct arena *a, program *out, int code, int dst, int src, int off, uint32_t imm)
{
	*list_add(a, out) = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = (int16_t)off,
		.imm = (int32_t)imm,
	};
}

static void emit_load(struct arena *a, program *out, int reg, size_t offset)
{
	emit(a, out, BPF_LDX | BPF_MEM | BPF_W, reg, R_CTX, (int)offset, 0);
}

static void emit_start(struct arena *a, program *out)
{
	emit_load(a, out, R_ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit_load(a, out, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(a, out, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit(a, out, BPF_ALU | BPF_MOV | BPF_X, R_TYPE, R_ACCESS, 0, 0);
	emit(a, out, BPF_ALU | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	emit(a, out, BPF_ALU | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
	emit(a, out, BPF_ALU | BPF_MOV | BPF_K, R_DENIED, 0, 0, 0);
}

/* 1 if nothing was denied: only 0 becomes negative. */
static void emit_end(struct arena *a, program *out)
{
	emit(a, out, BPF_ALU64 | BPF_MOV | BPF_X, R_RESULT, R_DENIED, 0, 0);
	emit(a, out, BPF_ALU64 | BPF_SUB | BPF_K, R_RESULT, 0, 0, 1);
	emit(a, out, BPF_ALU64 | BPF_RSH | BPF_K, R_RESULT, 0, 0, 63);
	emit(a, out, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* How the device differs from @r's, in R_MASK: 0 if it is that one, less than 2^32. */
static void difference_make(struct arena *a, program *out, const struct device_rule *r)
{
	const struct { int reg; int64_t value; } parts[] = {
		{ R_TYPE, r->type }, { R_MAJOR, r->major }, { R_MINOR, r->minor },
	};
	int to = R_MASK;

	for (size_t i = 0; i < countof(parts); i++) {
		if (parts[i].value == ANY)
			continue;
		emit(a, out, BPF_ALU | BPF_MOV | BPF_X, to, parts[i].reg, 0, 0);
		emit(a, out, BPF_ALU | BPF_XOR | BPF_K, to, 0, 0, (uint32_t)parts[i].value);
		if (to == R_OTHER)
			emit(a, out, BPF_ALU64 | BPF_OR | BPF_X, R_MASK, R_OTHER, 0, 0);
		to = R_OTHER;
	}
	if (to == R_MASK)
		emit(a, out, BPF_ALU64 | BPF_MOV | BPF_K, R_MASK, 0, 0, 0);
}

/* In R_MASK then: all bits of what it is about if the rule is for this device, else none. */
static void rule_make(struct arena *a, program *out, const struct device_rule *r)
{
	difference_make(a, out, r);
	emit(a, out, BPF_ALU64 | BPF_SUB | BPF_K, R_MASK, 0, 0, 1);
	emit(a, out, BPF_ALU64 | BPF_ARSH | BPF_K, R_MASK, 0, 0, 63);
	if (r->access != ACCESS_ALL)
		emit(a, out, BPF_ALU64 | BPF_AND | BPF_K, R_MASK, 0, 0, (uint32_t)r->access);
	if (!r->allow) {
		emit(a, out, BPF_ALU64 | BPF_AND | BPF_X, R_MASK, R_ACCESS, 0, 0);
		emit(a, out, BPF_ALU64 | BPF_OR | BPF_X, R_DENIED, R_MASK, 0, 0);
		return;
	}
	emit(a, out, BPF_ALU64 | BPF_XOR | BPF_K, R_MASK, 0, 0, UINT32_MAX);
	emit(a, out, BPF_ALU64 | BPF_AND | BPF_X, R_ACCESS, R_MASK, 0, 0);
}

/* Whether the kernel lets us load and attach such a program. */
static bool can_attach(const struct planner *p)
{
	return p->host->euid == 0 && p->host->init_userns && p->plan->cgroup.path;
}

/* Every engine denies all devices first of all, so it is no error; but no silence either. */
static void unfiltered_warn(struct planner *p, const device_rules *asked)
{
	bool harmless = p->plan->ns.own & CLONE_NEWUSER || (asked->n == 1 && asked->v[0].allow);

	if (p->plan->cgroup.manager == CGROUP_DISABLED && p->host->euid == 0 &&
	    p->host->init_userns && !harmless)
		caution(p, p->config->spec.linux->resources, "devices",
			"not in force with --cgroup-manager=disabled: "
			"with CAP_MKNOD the container can use any device");
}

void device_filter_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	const struct oci_resources *res = lin ? lin->resources : NULL;
	device_rules configured = { 0 }, asked = { 0 };
	program out = { 0 };

	if (!res || !res->devices.n)
		return;
	for_each (r, &res->devices)
		*list_add(p->arena, &configured) = (struct device_rule){
			.allow = r->allow,
			.type = type_read(r),
			.major = number_read(p, r, "major", r->major),
			.minor = number_read(p, r, "minor", r->minor),
			.access = access_read(r),
		};
	rules_fold(p, &configured, &asked);
	unfiltered_warn(p, &asked);
	/* In a user namespace it is not needed either: no device node can be made there. */
	if (!can_attach(p))
		return;

	emit_start(p->arena, &out);
	for_each (r, &asked)
		rule_make(p->arena, &out, r);
	emit_end(p->arena, &out);
	/* Without a cgroup there would be no filter, and nobody would know. */
	p->plan->cgroup.required |= asked.n > 1 || !asked.v[0].allow;
	p->plan->cgroup.devices = (struct device_filter){ out.v, out.n, asked };
}
