/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PROFILE_H
#define PLAN_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "hull/spec.h"

#include "enosys.h"

enum { SYSCALL_ARGS = 6 };

/* One name of one entry of linux.seccomp.syscalls. */
struct call {
	const char *name;
	uint32_t action;		/* SECCOMP_RET_*, with its errno */
	const struct oci_syscall *from;
};

/* linux.seccomp, read and checked. */
struct profile {
	uint32_t default_action;
	LIST(struct call) calls;
	arch_filters filters;		/* the native architecture's first */
	bool bad;			/* something was found: it cannot be compiled */
};

/* The architecture that libseccomp calls so ("x86_64"); false if it does not know it. */
bool arch_find(const char *name, struct arch_filter *f);
void arch_native(struct arch_filter *f);

/* Makes one of the profile's filters. Calls that libseccomp does not know are left out. */
struct err *filter_compile(struct arena *a, const struct profile *profile, struct arch_filter *f)
	MUST_CHECK;

#endif
