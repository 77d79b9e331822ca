/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources.devices. An interpreter runs the program for every device
 * and access of a grid; the rules themselves, asked bit by bit, must agree.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "room.h"

#include "check.h"

enum { R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE, M = BPF_DEVCG_ACC_MKNOD };

/* ---- the part of eBPF that is used ---- */

static uint64_t load(const struct bpf_cgroup_dev_ctx *ctx, int off)
{
	assert_in_range(off, 0, sizeof(*ctx) - 4);
	return *(const uint32_t *)((const char *)ctx + off);
}

static uint64_t alu(const struct bpf_insn *in, const uint64_t *reg)
{
	uint64_t dst = reg[in->dst_reg];
	uint64_t src = BPF_SRC(in->code) == BPF_X ? reg[in->src_reg] : (uint64_t)(int64_t)in->imm;

	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		dst = src;
		break;
	case BPF_AND:
		dst &= src;
		break;
	case BPF_OR:
		dst |= src;
		break;
	case BPF_XOR:
		dst ^= src;
		break;
	case BPF_SUB:
		dst -= src;
		break;
	case BPF_RSH:
		dst >>= src;
		break;
	case BPF_ARSH:
		dst = (uint64_t)((int64_t)dst >> src);
		break;
	default:
		fail_msg("operation %#x", in->code);
	}
	return BPF_CLASS(in->code) == BPF_ALU ? (uint32_t)dst : dst;
}

static bool bpf_run(const struct device_filter *filter, const struct bpf_cgroup_dev_ctx *ctx)
{
	const struct bpf_insn *insns = filter->insns;
	uint64_t reg[11] = { 0 };

	for (size_t pc = 0; pc < filter->n; pc++) {
		const struct bpf_insn *in = &insns[pc];

		switch (BPF_CLASS(in->code)) {
		case BPF_LDX:
			assert_int_equal(in->src_reg, BPF_REG_1);
			reg[in->dst_reg] = load(ctx, in->off);
			break;
		case BPF_ALU:
		case BPF_ALU64:
			reg[in->dst_reg] = alu(in, reg);
			break;
		case BPF_JMP:
			assert_int_equal(BPF_OP(in->code), BPF_EXIT);
			return reg[BPF_REG_0];
		default:
			fail_msg("instruction %#x", in->code);
		}
	}
	fail_msg("ran off the end");
	return false;
}

/* ---- the rules themselves ---- */

static bool rule_matches(const struct oci_device_rule *r, const struct bpf_cgroup_dev_ctx *ctx,
			 int bit)
{
	const char *access = r->access ? r->access : "rwm";
	int type = (int)(ctx->access_type & 0xffff);

	if (r->type && strcmp(r->type, "a") &&
	    type != (*r->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK))
		return false;
	return (!r->major || *r->major == -1 || *r->major == ctx->major) &&
	       (!r->minor || *r->minor == -1 || *r->minor == ctx->minor) &&
	       strchr(access, bit == R ? 'r' : bit == W ? 'w' : 'm');
}

static bool is_default(const struct bpf_cgroup_dev_ctx *ctx, int bit)
{
	static const struct { unsigned major, minor; } usual[] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 1 }, { 5, 2 },
		{ 10, 200 },
	};

	if (bit == M)
		return true;
	if ((ctx->access_type & 0xffff) != BPF_DEVCG_DEV_CHAR)
		return false;
	for (size_t i = 0; i < countof(usual); i++)
		if (ctx->major == usual[i].major && ctx->minor == usual[i].minor)
			return true;
	return ctx->major == 136;
}

/* Each bit that is asked for: the last rule about it decides. */
static bool expected(const struct oci_resources *res, const struct bpf_cgroup_dev_ctx *ctx)
{
	for (int bit = 1; bit <= W; bit <<= 1) {
		bool allow = false;

		if (!(ctx->access_type >> 16 & (unsigned)bit))
			continue;
		for_each (r, &res->devices)
			if (rule_matches(r, ctx, bit))
				allow = r->allow;
		if (!allow && !is_default(ctx, bit))
			return false;
	}
	return true;
}

static void plan_open(struct room *r, const char *json)
{
	room_open(r, json);
	r->plan.cgroup.path = "/c1";
	device_filter_plan(&r->p);
}

/* Every access to every device of the grid. */
static size_t compare_all(const struct room *r)
{
	static const unsigned majors[] = { 0, 1, 5, 7, 8, 10, 136, 240, 4294967295u },
			      minors[] = { 0, 1, 2, 3, 5, 7, 8, 200, 229, 256, 1048575, 4294967295u };
	size_t n = 0;

	for (unsigned i = 0; i < countof(majors) * countof(minors) * 14; i++, n++) {
		unsigned type = i % 2 ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
		struct bpf_cgroup_dev_ctx ctx = {
			.access_type = (i / 2 % 7 + 1) << 16 | type,
			.major = majors[i / 14 % countof(majors)],
			.minor = minors[i / 14 / countof(majors)],
		};
		bool want = expected(r->config.spec.linux->resources, &ctx);

		if (bpf_run(&r->plan.cgroup.devices, &ctx) != want)
			fail_msg("%#x %u:%u should be %s\n%s", ctx.access_type, ctx.major,
				 ctx.minor, want ? "allowed" : "denied", r->config.doc.text);
	}
	return n;
}

/* ---- lists of rules ---- */

#define RULES(rules)	"{'linux':{'resources':{'devices':[" rules "]}}}"

static const char *const lists[] = {
	RULES("{'allow':false}"),
	RULES("{'allow':true}"),
	RULES("{'allow':false,'type':'a','access':'rwm'}"),
	RULES("{'allow':false},{'allow':true,'type':'c','major':8,'minor':1,'access':'rwm'},"
	      "{'allow':false,'type':'c','major':8,'minor':1,'access':'w'}"),
	RULES("{'allow':true},{'allow':false,'type':'b','major':8,'access':'w'},"
	      "{'allow':true,'type':'b','major':8,'minor':7,'access':'w'}"),
	RULES("{'allow':true,'access':'r'},{'allow':true,'access':'w'}"),
	RULES("{'allow':true},{'allow':false,'access':'m'},{'allow':false,'major':-1,'minor':7}"),
	RULES("{'allow':false,'type':'c','major':1,'minor':3}"),
	RULES("{'allow':true,'major':4294967295,'minor':4294967295,'type':'b'}"),
};

static void written_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(lists); i++) {
		struct room r;

		plan_open(&r, lists[i]);
		room_expect(&r, "", "", false);
		assert_true(compare_all(&r) > 1000);
		room_close(&r);
	}
}

static void put_rule(FILE *f, uint64_t *state)
{
	static const char *const types[] = { "", ",'type':'a'", ",'type':'b'", ",'type':'c'" },
	      *const majors[] = { "", "", ",'major':-1", ",'major':1", ",'major':8", ",'major':136",
				  ",'major':5", ",'major':10", ",'major':4294967295" },
	      *const minors[] = { "", "", ",'minor':0", ",'minor':1", ",'minor':7", ",'minor':3",
				  ",'minor':-1", ",'minor':200", ",'minor':4294967295" },
	      *const accesses[] = { "", ",'access':'r'", ",'access':'w'", ",'access':'rw'",
				    ",'access':'rwm'", ",'access':'m'", ",'access':'wm'",
				    ",'access':'rm'" };

	fprintf(f, "{'allow':%s%s%s%s%s}", random_next(state) % 2 ? "true" : "false",
		types[random_next(state) % countof(types)],
		majors[random_next(state) % countof(majors)],
		minors[random_next(state) % countof(minors)],
		accesses[random_next(state) % countof(accesses)]);
}

static void made_up_lists(void **unused)
{
	uint64_t state = 1;
	size_t n = 0;

	(void)unused;
	for (unsigned i = 0; i < 5000; i++) {
		unsigned rules = 1 + random_next(&state) % (i % 10 ? 9 : 40);
		auto_free char *text = NULL;
		struct room r;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		assert_non_null(f);
		fputs("{'linux':{'resources':{'devices':[", f);
		for (unsigned j = 0; j < rules; j++) {
			fputs(j ? "," : "", f);
			put_rule(f, &state);
		}
		fputs("]}}}", f);
		fclose(f);
		plan_open(&r, text);
		room_expect(&r, "", "", false);
		n += compare_all(&r);
		room_close(&r);
	}
	print_message("%zu requests compared\n", n);
}

/* What cannot decide anything is not in the program. */
static void folding(void **state)
{
	static const char *const cases[] = {
		RULES("{'allow':true}"),
		RULES("{'allow':false},{'allow':true,'type':'c'},{'allow':true}"),
	};
	struct room deny, docker;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		plan_open(&r, cases[i]);
		assert_int_equal(r.plan.cgroup.devices.rules.n, 1);
		room_close(&r);
	}
	plan_open(&deny, RULES("{'allow':false}"));
	plan_open(&docker, RULES("{'allow':false},{'allow':true,'type':'c','major':1,'minor':3},"
				 "{'allow':false,'type':'c','major':10,'minor':229},"
				 "{'allow':false,'access':'rwm'},"
				 "{'allow':true,'type':'c','major':136,'access':'rw'},"
				 "{'allow':false,'type':'c','major':10,'minor':229}"));
	assert_int_equal(docker.plan.cgroup.devices.n, deny.plan.cgroup.devices.n);
	room_close(&deny);
	room_close(&docker);
}

static void refusals(void **state)
{
#define RULE "/linux/resources/devices/1"
	static const struct room_case cases[] = {
		{ RULES("{'allow':false},{'allow':true,'major':-2}"), RULE "/major",
		  "-2 is no device number" },
		{ RULES("{'allow':false},{'allow':true,'minor':4294967296}"), RULE "/minor",
		  "4294967296 is no device number" },
		{ 0 }
	};

	(void)state;
	room_refuses(device_filter_plan, cases, false);
}

static void when_none(void **state)
{
	struct room r;

	(void)state;
	plan_open(&r, "{'linux':{'resources':{'devices':[]}}}");
	assert_int_equal(r.plan.cgroup.devices.n, 0);
	room_close(&r);
	plan_open(&r, "{'linux':{}}");
	assert_int_equal(r.plan.cgroup.devices.n, 0);
	room_close(&r);

	room_open(&r, lists[0]);		/* no cgroup of its own */
	device_filter_plan(&r.p);
	assert_int_equal(r.plan.cgroup.devices.n, 0);
	r.plan.cgroup.path = "/c1";
	r.host.euid = 1000;
	device_filter_plan(&r.p);
	assert_int_equal(r.plan.cgroup.devices.n, 0);
	r.host.euid = 0;
	r.host.init_userns = false;
	device_filter_plan(&r.p);
	assert_int_equal(r.plan.cgroup.devices.n, 0);
	room_close(&r);
}

/* The kernel's verifier agrees. */
static void loads(void **state)
{
	static char log[65536];

	(void)state;
	for (size_t i = 0; i < countof(lists); i++) {
		union bpf_attr attr = { 0 };
		struct room r;
		int fd;

		plan_open(&r, lists[i]);
		attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
		attr.insns = (uintptr_t)r.plan.cgroup.devices.insns;
		attr.insn_cnt = (uint32_t)r.plan.cgroup.devices.n;
		attr.license = (uintptr_t) "GPL";
		attr.log_buf = (uintptr_t)log;
		attr.log_size = sizeof(log);
		attr.log_level = 1;
		fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
		room_close(&r);
		if (fd < 0 && (errno == EPERM || errno == ENOSYS)) {
			print_message("skipped: bpf(2): %s\n", errno_words(errno));
			skip();
		}
		if (fd < 0)
			fail_msg("%s: %s\n%s", lists[i], errno_words(errno), log);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_lists),
		cmocka_unit_test(made_up_lists),
		cmocka_unit_test(folding),
		cmocka_unit_test(refusals),
		cmocka_unit_test(when_none),
		cmocka_unit_test(loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
