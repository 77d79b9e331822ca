/* SPDX-License-Identifier: Apache-2.0 */
#include "syscalls.h"

#include <stddef.h>

#include "hull/mem.h"
#include "hull/plan.h"

#include "syscall_entry.h"

struct arch {
	char name[ARCH_NAME_MAX];
	uint32_t token, first;
};

#include "syscall_table.h"

/* What libseccomp calls the architecture that we are compiled for. */
#if defined(__x86_64__) && defined(__ILP32__)
# define NATIVE "X32"
#elif defined(__x86_64__)
# define NATIVE "X86_64"
#elif defined(__i386__)
# define NATIVE "X86"
#elif defined(__aarch64__)
# define NATIVE "AARCH64"
#elif defined(__arm__)
# define NATIVE "ARM"
#elif defined(__loongarch64)
# define NATIVE "LOONGARCH64"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
# define NATIVE "PPC64LE"
#elif defined(__powerpc64__)
# define NATIVE "PPC64"
#elif defined(__riscv) && __riscv_xlen == 64
# define NATIVE "RISCV64"
#elif defined(__s390x__)
# define NATIVE "S390X"
#elif defined(__mips64) && defined(__MIPSEL__)
# define NATIVE "MIPSEL64"
#else
# error "which of libseccomp's architectures is this?"
#endif

const struct arch *syscalls_of(uint32_t token)
{
	for (size_t i = 0; i < countof(archs); i++)
		if (archs[i].token == token)
			return &archs[i];
	return NULL;
}

uint32_t syscall_arch(const char *name)
{
	char folded[ARCH_NAME_MAX];

	arch_name_fold(name, folded);
	for (size_t i = 0; i < countof(archs); i++)
		if (strcmp(archs[i].name, folded) == 0)
			return archs[i].token;
	return 0;
}

uint32_t syscall_arch_native(void)
{
	return syscall_arch(ARCH_PREFIX NATIVE);
}

int syscall_find(const char *name)
{
	unsigned slot = name_hash(name);

	for (; call_by_hash[slot]; slot = (slot + 1) % HASH_SIZE) {
		unsigned id = call_by_hash[slot] - 1u;

		if (strcmp(call_names + call_name_at[id], name) == 0)
			return (int)id;
	}
	return -1;
}

struct syscall_number syscall_number(const struct arch *arch, int id)
{
	struct syscall_number number = { .nr = -1 };
	unsigned entry;

	if (!arch || id < 0)
		return number;
	entry = call_entries[arch - archs][id];
	number.nr = entry_number(entry, arch->first);
	if (entry & ENTRY_PART) {
		number.part_of = call_parts[id] / SYSCALL_PARTS;
		number.part = call_parts[id] % SYSCALL_PARTS;
	}
	return number;
}

const char *seccomp_library_version(void)
{
	return LIBRARY_VERSION;
}
