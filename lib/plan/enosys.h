/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_ENOSYS_H
#define PLAN_ENOSYS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "hull/mem.h"

/* The filter for the system calls of one architecture; a program of its own. */
struct arch_filter {
	uint32_t audit_arch;		/* AUDIT_ARCH_*: x86_64 and x32 share one */
	bool x32;			/* for the numbers with __X32_SYSCALL_BIT */
	uint32_t max_nr;		/* the newest number that its profile knows; 0: none */
	struct sock_filter *insns;
	size_t n;
};
typedef LIST(struct arch_filter) arch_filters;

typedef LIST(struct sock_filter) bpf_program;

/*
 * Makes one program of them. It goes to the filter of the caller's
 * architecture, and to the first for one that has none: that filter refuses it
 * by itself. With @enosys, numbers above max_nr fail with ENOSYS before that.
 */
void filters_join(struct arena *a, const arch_filters *filters, bool enosys, bpf_program *out);

#endif
