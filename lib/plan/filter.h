/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_FILTER_H
#define PLAN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "hull/mem.h"

/*
 * Seccomp filters in the making:
 *
 *	profile.c	linux.seccomp -> calls, with conditions
 *	seccomp.c	calls -> rules by number, for each architecture (syscalls.h)
 *	filter.c	rules by number -> classic BPF
 *	enosys.c	the filters of all architectures -> one program
 */
enum { SYSCALL_ARGS = 6 };

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE,
	       COMPARE_MASKED };

struct condition {
	unsigned arg;
	enum compare op;
	uint64_t value;			/* COMPARE_MASKED: the mask */
	uint64_t masked;		/* COMPARE_MASKED: what is left under it */
};

/* All must hold. */
typedef LIST(const struct condition) conditions;

/* @action: SECCOMP_RET_* with its data. There are some hundred, of which few have conditions. */
struct call {
	int id;				/* syscall_find() */
	uint32_t action;
	const conditions *conds;	/* NULL: none */
};
typedef LIST(struct call) calls;

struct filter_rule {
	uint32_t nr, action;
	const conditions *conds;	/* NULL: none */
};
typedef LIST(struct filter_rule) filter_rules;

typedef LIST(struct sock_filter) bpf_program;

/* The filter for the system calls of one architecture. */
struct arch_filter {
	uint32_t audit_arch;		/* AUDIT_ARCH_*: x86_64 and x32 share one */
	bool x32;			/* for the numbers with __X32_SYSCALL_BIT */
	uint32_t max_nr;		/* the newest number that its profile knows; 0: none */
	bpf_program code;		/* starts with the number in A */
};
typedef LIST(struct arch_filter) arch_filters;

/* "SCMP_ARCH_X86_64"; false if libseccomp does not know it. */
bool arch_find(const char *name, struct arch_filter *f);
void arch_native(struct arch_filter *f);

/*
 * The numbers of the calls on f's architecture; finds f->max_nr. Calls that
 * it does not have or that libseccomp does not know are left out, and those
 * with the default action, which changes nothing.
 */
void calls_number(struct arena *a, const calls *calls, uint32_t default_action,
		  struct arch_filter *f, filter_rules *rules);

/*
 * Makes f->code. Of the rules for a number the first without conditions
 * counts; if all have conditions, the first whose conditions hold. Uses @rules up.
 */
void filter_make(struct arena *a, filter_rules *rules, uint32_t default_action,
		 struct arch_filter *f);

/*
 * Makes one program of them. With @enosys, calls above max_nr fail with ENOSYS.
 * Those of other architectures are killed.
 */
void filters_join(struct arena *a, const arch_filters *filters, bool enosys, bpf_program *out);

#endif
