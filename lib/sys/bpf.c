/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs of cgroups, by bpf(2). Since 5.11 their memory is charged to the cgroup. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

enum { PROGRAMS_MAX = 64 };	/* the kernel's limit on one cgroup */

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
		.license = (uint64_t)(uintptr_t)"Apache-2.0",
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);
	struct err *err;

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

static struct err *program_detach(int cgroup, uint32_t id)
{
	union bpf_attr by_id = { .prog_id = id };
	auto_fd int old = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)old,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (old < 0 || bpf(BPF_PROG_DETACH, &attr) < 0)
		return err_sys("bpf BPF_PROG_DETACH", "an older device filter");
	return NULL;
}

struct err *bpf_attach_devices(int cgroup, const void *insns, size_t n)
{
	auto_fd int program = -1;
	uint32_t ids[PROGRAMS_MAX], count = 0;
	struct err *err = program_load(insns, n, &program);
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (!err)
		err = programs_query(cgroup, ids, &count);
	if (err)
		return err;
	/* The new one first: there must be no moment without a filter. */
	attr.attach_bpf_fd = (uint32_t)program;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_sys("bpf BPF_PROG_ATTACH", "the device filter");
	for (uint32_t i = 0; i < count && !err; i++)
		err = program_detach(cgroup, ids[i]);
	return err;
}
