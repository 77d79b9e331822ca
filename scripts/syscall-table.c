/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what libseccomp knows about system calls as tables in C, for
 * lib/plan/syscalls.c. It has no list of their names, but it has a name for
 * each number, so all numbers of all architectures are asked for.
 *
 * An entry is a number less the first one of its architecture. Those of arm's
 * own calls, far above the others, and "none" have places of their own; what
 * does not fit makes the build fail.
 */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/plan/archs.h"
#include "../lib/plan/syscalls.h"
#include "../lib/plan/syscall_entry.h"

enum { ARCHS_MAX = 32, CALLS_MAX = 2048, NUMBERS = 1000, X32_BIT = 0x40000000 };

struct arch {
	char name[ARCH_NAME_MAX];
	uint32_t token, first;
};

static struct arch archs[ARCHS_MAX];
static size_t archs_n;
static char *calls[CALLS_MAX];
static size_t calls_n;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "syscall-table: %s: %s\n", which, what);
	exit(1);
}

/* ---- asking ---- */

/* The MIPSes count from 4000, 5000 and 6000; x32 sets a bit. read(2) is among the first calls. */
static uint32_t first_number(uint32_t token)
{
	int nr = seccomp_syscall_resolve_name_arch(token, "read");

	return (uint32_t)(nr >= X32_BIT ? X32_BIT : nr - nr % 1000);
}

static void archs_find(void)
{
	static const char *const names[] = { ARCHS };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct arch *arch = &archs[archs_n];

		arch_name_fold(names[i], arch->name);
		arch->token = seccomp_arch_resolve_name(arch->name);
		if (arch->token == 0)
			continue;
		arch->first = first_number(arch->token);
		archs_n++;
	}
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void call_add(char *name)
{
	for (size_t i = 0; i < calls_n; i++)
		if (strcmp(calls[i], name) == 0)
			return;
	if (calls_n == CALLS_MAX)
		fail("more calls than CALLS_MAX", name);
	calls[calls_n++] = name;
}

/* @step: through the numbers from @first on. Names stay until we end. */
static void calls_of(const struct arch *arch, int first, int step)
{
	for (int i = 0; i < NUMBERS; i++) {
		char *name = seccomp_syscall_resolve_num_arch(arch->token, first + step * i);

		if (name)
			call_add(name);
	}
}

static void calls_find(void)
{
	for (size_t i = 0; i < archs_n; i++) {
		calls_of(&archs[i], (int)archs[i].first, 1);
		calls_of(&archs[i], (int)ENTRY_ARM, 1);
		calls_of(&archs[i], -1, -1);
	}
	qsort(calls, calls_n, sizeof(*calls), name_compare);
}

/* Also where libseccomp's answer for the name is that it is a part of another. */
static int own_number(const struct arch *arch, const char *name, int answer)
{
	if (answer >= 0)
		return answer;
	for (int i = (int)arch->first; i < (int)arch->first + NUMBERS; i++) {
		char *found = seccomp_syscall_resolve_num_arch(arch->token, i);
		int is_it = found && strcmp(found, name) == 0;

		free(found);
		if (is_it)
			return i;
	}
	return -1;
}

/* libseccomp numbers the parts of socketcall(2) from -101 down, those of ipc(2) from -201. */
static unsigned part_of(int answer)
{
	if (answer < -100 && answer > -100 - SYSCALL_PARTS)
		return PART_OF_SOCKETCALL * SYSCALL_PARTS + (unsigned)(-100 - answer);
	if (answer < -200 && answer > -200 - SYSCALL_PARTS)
		return PART_OF_IPC * SYSCALL_PARTS + (unsigned)(-200 - answer);
	return 0;
}

static unsigned entry_of(const struct arch *arch, const char *name)
{
	int answer = seccomp_syscall_resolve_name_arch(arch->token, name);
	int nr = own_number(arch, name, answer);
	unsigned entry = entry_make(nr, arch->first) | (part_of(answer) ? ENTRY_PART : 0);

	if (entry_number(entry, arch->first) != nr)
		fail("its number does not fit", name);
	return entry;
}

/* The same on all architectures that have it as a part. */
static unsigned call_part(const char *name)
{
	unsigned part = 0;

	for (size_t i = 0; i < archs_n; i++) {
		unsigned here = part_of(seccomp_syscall_resolve_name_arch(archs[i].token, name));

		if (here && part && here != part)
			fail("is another part on another architecture", name);
		part = here ? here : part;
	}
	return part;
}

/* ---- writing ---- */

static void names_write(void)
{
	size_t at = 0;

	printf("static const char call_names[] =\n");
	for (size_t i = 0; i < calls_n; i++)
		printf("\t\"%s\\0\"\n", calls[i]);
	printf("\t;\n\nstatic const uint16_t call_name_at[] = {");
	for (size_t i = 0; i < calls_n; i++) {
		printf("%s%zu,", i % 16 ? " " : "\n\t", at);
		at += strlen(calls[i]) + 1;
	}
	printf("\n};\n\n");
	if (at > UINT16_MAX)
		fail("do not fit", "the names");
}

/* Ids and 1, by the hash of the name; where two have the same, the later one comes behind. */
static void hash_write(void)
{
	static unsigned slots[HASH_SIZE];

	if (calls_n > HASH_SIZE / 2)
		fail("HASH_SIZE is too small", "the names");
	for (size_t i = 0; i < calls_n; i++) {
		unsigned slot = name_hash(calls[i]);

		while (slots[slot])
			slot = (slot + 1) % HASH_SIZE;
		slots[slot] = (unsigned)i + 1;
	}
	printf("static const uint16_t call_by_hash[HASH_SIZE] = {");
	for (size_t i = 0; i < HASH_SIZE; i++)
		printf("%s%u,", i % 16 ? " " : "\n\t", slots[i]);
	printf("\n};\n\n");
}

static void parts_write(void)
{
	printf("static const uint8_t call_parts[] = {");
	for (size_t i = 0; i < calls_n; i++)
		printf("%s%u,", i % 16 ? " " : "\n\t", call_part(calls[i]));
	printf("\n};\n\n");
}

static void archs_write(void)
{
	printf("static const struct arch archs[] = {\n");
	for (size_t i = 0; i < archs_n; i++)
		printf("\t{ \"%s\", 0x%x, 0x%x },\n", archs[i].name, archs[i].token, archs[i].first);
	printf("};\n\nstatic const uint16_t call_entries[][%zu] = {\n", calls_n);
	for (size_t i = 0; i < archs_n; i++) {
		printf("\t{");
		for (size_t k = 0; k < calls_n; k++)
			printf("%s0x%x,", k % 12 ? " " : "\n\t\t", entry_of(&archs[i], calls[k]));
		printf("\n\t},\n");
	}
	printf("};\n");
}

int main(void)
{
	const struct scmp_version *v = seccomp_version();

	archs_find();
	calls_find();
	printf("/* Written by scripts/syscall-table.c. */\n");
	printf("#define LIBRARY_VERSION \"%u.%u.%u\"\n\n", v->major, v->minor, v->micro);
	names_write();
	hash_write();
	parts_write();
	archs_write();
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
