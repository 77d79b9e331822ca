/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of several architectures as one program, and ENOSYS for the system
 * calls that are newer than the profile. A profile written for an older kernel
 * would answer them with its default, mostly EPERM; but the C library takes
 * EPERM for a decision and falls back to the older call only on ENOSYS.
 */
#include "filter.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* __X32_SYSCALL_BIT, which only the headers of x86 have. */
#define X32_BIT		0x40000000u

/* Longer than any section, shorter than a conditional jump reaches. */
#define SECTION_MAX	32

static void emit(struct arena *a, bpf_program *p, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	*list_add(a, p) = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

static void emit_return(struct arena *a, bpf_program *p, uint32_t action)
{
	emit(a, p, BPF_RET | BPF_K, action, 0, 0);
}

static void append(struct arena *a, bpf_program *p, const bpf_program *more)
{
	for_each (insn, more)
		*list_add(a, p) = *insn;
}

/* s390's entry code gives seccomp number 0 for one that does not fit its table. */
static bool zero_is_unknown(const struct arch_filter *f)
{
	return f->audit_arch == AUDIT_ARCH_S390 || f->audit_arch == AUDIT_ARCH_S390X;
}

/* With the number in A: ENOSYS, or on to the filter. Its jump holds @index until it is known. */
static void body_make(struct arena *a, bpf_program *p, const struct arch_filter *f, size_t index,
		      bool enosys)
{
	if (enosys && zero_is_unknown(f)) {
		emit(a, p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
		emit_return(a, p, SECCOMP_RET_ERRNO | ENOSYS);
	}
	if (enosys && f->max_nr) {
		emit(a, p, BPF_JMP | BPF_JGT | BPF_K, f->max_nr, 0, 1);
		emit_return(a, p, SECCOMP_RET_ERRNO | ENOSYS);
	}
	emit(a, p, BPF_JMP | BPF_JA, (uint32_t)index, 0, 0);
}

/* All filters that share the audit architecture of filter @first. */
static void section_make(struct arena *a, bpf_program *p, const arch_filters *filters, size_t first,
			 bool enosys)
{
	uint32_t audit_arch = filters->v[first].audit_arch;

	emit(a, p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	for (size_t i = first; i < filters->n; i++) {
		const struct arch_filter *f = &filters->v[i];
		bpf_program body = { 0 };

		if (f->audit_arch != audit_arch)
			continue;
		body_make(a, &body, f, i, enosys);
		if (audit_arch == AUDIT_ARCH_X86_64)
			emit(a, p, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, f->x32 ? 0 : body.n,
			     f->x32 ? body.n : 0);
		append(a, p, &body);
	}
	if (audit_arch != AUDIT_ARCH_X86_64)
		return;
	/*
	 * The mode that has no filter arrives here; and -1, which is no x32 call
	 * though it has the bit: a tracer's "skip this call" looks like that.
	 */
	emit(a, p, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1);
	emit(a, p, BPF_JMP | BPF_JA, (uint32_t)first, 0, 0);
	emit_return(a, p, SECCOMP_RET_KILL_THREAD);
}

static bool seen_before(const arch_filters *filters, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (filters->v[i].audit_arch == filters->v[index].audit_arch)
			return true;
	return false;
}

/* Which filter? */
static void head_make(struct arena *a, bpf_program *p, const arch_filters *filters, bool enosys)
{
	emit(a, p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	for (size_t i = 0; i < filters->n; i++) {
		bpf_program section = { 0 };

		if (seen_before(filters, i))
			continue;
		section_make(a, &section, filters, i, enosys);
		assert(section.n <= SECTION_MAX);
		emit(a, p, BPF_JMP | BPF_JEQ | BPF_K, filters->v[i].audit_arch, 0, section.n);
		append(a, p, &section);
	}
	emit_return(a, p, SECCOMP_RET_KILL_THREAD);
}

/* The head's jumps name a filter; now that all lengths are known they lead there. */
static void head_link(bpf_program *head, const arch_filters *filters)
{
	for (size_t i = 0; i < head->n; i++) {
		size_t start = head->n;

		if (head->v[i].code != (BPF_JMP | BPF_JA))
			continue;
		for (size_t f = 0; f < head->v[i].k; f++)
			start += filters->v[f].code.n;
		head->v[i].k = (uint32_t)(start - i - 1);
	}
}

void filters_join(struct arena *a, const arch_filters *filters, bool enosys, bpf_program *out)
{
	*out = (bpf_program){ 0 };
	head_make(a, out, filters, enosys);
	head_link(out, filters);
	for_each (f, filters)
		append(a, out, &f->code);
}
