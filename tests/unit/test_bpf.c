/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs: ours replaces ours, and leaves alone what others have attached. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "hull/sys.h"

#define GROUP	"/sys/fs/cgroup/hull-test-bpf"

static const struct bpf_insn allow_all[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* As systemd does it. */
static void foreign_attach(int cgroup)
{
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)allow_all,
		.insn_cnt = countof(allow_all),
		.license = (uint64_t)(uintptr_t)"GPL",
		.prog_name = "sd_devices",
	};
	union bpf_attr attach = {
		.target_fd = (uint32_t)cgroup,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	auto_fd int program = bpf(BPF_PROG_LOAD, &load);

	assert_true(program >= 0);
	attach.attach_bpf_fd = (uint32_t)program;
	assert_int_equal(bpf(BPF_PROG_ATTACH, &attach), 0);
}

/* The programs on the cgroup, in the order in which they were attached. */
static uint32_t programs(int cgroup, uint32_t *ids, uint32_t max)
{
	union bpf_attr attr = {
		.query = {
			.target_fd = (uint32_t)cgroup,
			.attach_type = BPF_CGROUP_DEVICE,
			.prog_ids = (uint64_t)(uintptr_t)ids,
			.prog_cnt = max,
		},
	};

	assert_int_equal(bpf(BPF_PROG_QUERY, &attr), 0);
	return attr.query.prog_cnt;
}

static void attach(int cgroup)
{
	assert_null(bpf_attach_devices(cgroup, allow_all, countof(allow_all)));
}

static void test_replaces_its_own(void **state)
{
	auto_fd int cgroup = open(GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint32_t first[4], second[4];

	(void)state;
	attach(cgroup);
	assert_int_equal(programs(cgroup, first, countof(first)), 1);
	foreign_attach(cgroup);
	assert_int_equal(programs(cgroup, first, countof(first)), 2);
	attach(cgroup);
	assert_int_equal(programs(cgroup, second, countof(second)), 2);
	assert_int_not_equal(first[0], second[0]);
	assert_int_equal(first[1], second[1]);
}

static void test_says_what_the_verifier_says(void **state)
{
	static const struct bpf_insn endless = { .code = BPF_JMP | BPF_JA, .off = -1 };
	auto_fd int cgroup = open(GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_err struct err *err = bpf_attach_devices(cgroup, &endless, 1);

	(void)state;
	assert_non_null(strstr(err_text(err), "bpf BPF_PROG_LOAD the device filter"));
	assert_non_null(strstr(err_get(err, ERR_HINT), "the verifier says: "));
}

static int setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    /* EBUSY: it is one already */
	    (mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0 && errno != EBUSY))
		return -1;
	return mkdir(GROUP, 0755);
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(GROUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaces_its_own),
		cmocka_unit_test(test_says_what_the_verifier_says),
	};

	if (geteuid()) {
		print_message("[  SKIPPED ] bpf: needs root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("bpf", tests, setup, teardown);
}
