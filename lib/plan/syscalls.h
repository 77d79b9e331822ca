/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SYSCALLS_H
#define PLAN_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What libseccomp knew about system calls and architectures when hull was
 * built (scripts/syscall-table.c). Its own code and tables would be a seventh
 * of our program, which is copied at each start (lib/sys/self.c), and looking
 * a name up in them takes three times as long as by the hash here.
 */

/* On some architectures these stand for many calls: their first argument says for which. */
enum multiplexer { PART_OF_NONE, PART_OF_SOCKETCALL, PART_OF_IPC };
enum { SYSCALL_PARTS = 32 };		/* more than either has */

struct syscall_number {
	int nr;				/* -1: it has none of its own */
	enum multiplexer part_of;
	unsigned part;			/* < SYSCALL_PARTS */
};

/* "x86_64" to SCMP_ARCH_*; 0: unknown. Of the program that is running: SCMP_ARCH_NATIVE's. */
uint32_t syscall_arch(const char *name);
uint32_t syscall_arch_native(void);

/* An id for syscall_number(), the same on all architectures; -1: unknown. */
int syscall_find(const char *name);

/* The calls of an architecture, an answer of syscall_arch(); NULL: unknown. Static. */
struct arch;
const struct arch *syscalls_of(uint32_t arch);

/* @id: of syscall_find(), or -1. */
struct syscall_number syscall_number(const struct arch *arch, int id);

#endif
