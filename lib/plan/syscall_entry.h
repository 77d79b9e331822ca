/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SYSCALL_ENTRY_H
#define PLAN_SYSCALL_ENTRY_H

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "archs.h"

/*
 * How the table of system calls is laid out: what scripts/syscall-table.c, which
 * writes it, and syscalls.c, which reads it, have to agree about.
 */
enum {
	HASH_SIZE = 2048,		/* a power of 2 */
	ARCH_NAME_MAX = 16,
	/* An entry: the number on an architecture, less its first, and whether it is a part. */
	ENTRY_PART = 0x8000,
	ENTRY_NONE = 0x7fff,
	ENTRY_PRIVATE = 0x7f00,		/* and below ENTRY_NONE: from ENTRY_ARM on */
	ENTRY_ARM = 0xf0000,		/* __ARM_NR_BASE */
};

/* FNV-1a */
static inline unsigned name_hash(const char *name)
{
	uint32_t hash = 2166136261;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619;
	return (hash ^ hash >> 16) % HASH_SIZE;
}

/* "SCMP_ARCH_X86_64" to "x86_64", cut off where it is too long. */
static inline void arch_name_fold(const char *name, char folded[ARCH_NAME_MAX])
{
	size_t i;

	name += strlen(ARCH_PREFIX);
	for (i = 0; name[i] && i < ARCH_NAME_MAX - 1; i++)
		folded[i] = (char)tolower((unsigned char)name[i]);
	folded[i] = '\0';
}

static inline unsigned entry_make(int nr, uint32_t first)
{
	if (nr < 0)
		return ENTRY_NONE;
	if (nr >= ENTRY_ARM && nr < ENTRY_ARM + ENTRY_NONE - ENTRY_PRIVATE)
		return ENTRY_PRIVATE + (unsigned)(nr - ENTRY_ARM);
	return ((uint32_t)nr - first) & ENTRY_NONE;
}

static inline int entry_number(unsigned entry, uint32_t first)
{
	entry &= ~(unsigned)ENTRY_PART;
	if (entry == ENTRY_NONE)
		return -1;
	return (int)(entry >= ENTRY_PRIVATE ? ENTRY_ARM + entry - ENTRY_PRIVATE : first + entry);
}

#endif
