/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs of cgroups, by bpf(2). Since 5.11 their memory is charged to the cgroup. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

enum { PROGRAMS_MAX = 64 };	/* the kernel's limit on one cgroup */

static const char license[] = "Apache-2.0";
/* By which we know our own again: systemd has programs on the same cgroup. At most 15 letters. */
static const char program_name[BPF_OBJ_NAME_LEN] = "hull_devices";

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static struct err *program_load(const void *insns, size_t n, int *program)
{
	char log[2048] = "";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = (uint32_t)n,
		.license = (uint64_t)(uintptr_t)license,
	};
	struct err *err;
	int fd;

	memcpy(attr.prog_name, program_name, sizeof(program_name));
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0) {
		*program = fd;
		return NULL;
	}
	err = err_sys("bpf BPF_PROG_LOAD", "the device filter");
	attr.log_buf = (uint64_t)(uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	(void)bpf(BPF_PROG_LOAD, &attr);	/* once more, for the verifier's words */
	log[strcspn(log, "\n")] = 0;
	return *log ? err_set(err, ERR_HINT, "the verifier says: %s", log) : err;
}

/* The programs that hang on the cgroup itself. */
static struct err *programs_query(int cgroup, uint32_t *ids, uint32_t *n)
{
	union bpf_attr attr = {
		.query = {
			.target_fd = (uint32_t)cgroup,
			.attach_type = BPF_CGROUP_DEVICE,
			.prog_ids = (uint64_t)(uintptr_t)ids,
			.prog_cnt = PROGRAMS_MAX,
		},
	};

	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_sys("bpf BPF_PROG_QUERY", "the cgroup");
	*n = attr.query.prog_cnt;
	return NULL;
}

static bool is_ours(int program)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = {
		.info = {
			.bpf_fd = (uint32_t)program,
			.info_len = sizeof(info),
			.info = (uint64_t)(uintptr_t)&info,
		},
	};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) >= 0 && !strcmp(info.name, program_name);
}

/* The one that an earlier call of ours left there; *old stays -1 if there is none. */
static struct err *own_find(int cgroup, int *old)
{
	uint32_t ids[PROGRAMS_MAX], n = 0;
	struct err *err = programs_query(cgroup, ids, &n);

	for (uint32_t i = 0; i < n && !err; i++) {
		union bpf_attr attr = { .prog_id = ids[i] };
		auto_fd int program = bpf(BPF_PROG_GET_FD_BY_ID, &attr);

		if (program < 0 && errno != ENOENT)	/* ENOENT: detached meanwhile */
			return err_sys("bpf BPF_PROG_GET_FD_BY_ID", "an older device filter");
		if (program >= 0 && is_ours(program)) {
			*old = take_fd(&program);
			break;
		}
	}
	return err;
}

/* @old: the one that it replaces, or -1. */
static struct err *program_attach(int cgroup, int program, int old)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	attr.attach_bpf_fd = (uint32_t)program;
	if (old >= 0) {			/* in one go: there must be no moment without a filter */
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old;
	}
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_sys("bpf BPF_PROG_ATTACH", "the device filter");
	return NULL;
}

static struct err *program_detach(int cgroup, int program)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (bpf(BPF_PROG_DETACH, &attr) < 0)
		return err_sys("bpf BPF_PROG_DETACH", "the device filter");
	return NULL;
}

struct err *bpf_attach_devices(int cgroup, const void *insns, size_t n)
{
	auto_fd int program = -1;
	auto_fd int old = -1;
	struct err *err = program_load(insns, n, &program);

	if (!err)
		err = own_find(cgroup, &old);
	return err ? err : program_attach(cgroup, program, old);
}

struct err *bpf_hold_devices(int cgroup, int *program)
{
	*program = -1;
	return own_find(cgroup, program);
}

struct err *bpf_restore_devices(int cgroup, int program)
{
	auto_fd int now = -1;
	struct err *err = own_find(cgroup, &now);

	if (err)
		return err;
	if (program >= 0)
		return program_attach(cgroup, program, now);
	return now >= 0 ? program_detach(cgroup, now) : NULL;
}
