/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming another file of the same bytes without execve(2), which would load
 * and relocate everything once more: each of our segments is mapped anew from
 * the copy at the address where it is, and then the kernel is told that the
 * copy is what we execute (PR_SET_MM_MAP of prctl(2)). It believes that only
 * of those with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, and only when not a
 * page of the old file is mapped any more.
 *
 * So the copy needs no more than what is mapped from it: what we write to
 * comes from memory. Nobody is to execute it either: it does not begin as a
 * program does. The process that fills it need not be the one that becomes it.
 */
#include "self.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hull/dir.h"

typedef ElfW(Phdr) phdr;

/* Our program headers, and how far from the addresses in them we were loaded. */
struct image {
	const phdr *headers;
	size_t n;
	uintptr_t base, page;
	bool interpreted;		/* by ld.so, which looks things up in us */
	bool whole;			/* the copy is */
};

/* Whole pages. */
struct range { uintptr_t begin, end; };

/*
 * Where the code begins that a child still runs once it is the copy: only a whole copy
 * has what is in front of it. Where the linker was not told (lib/musl/apart.ld): NULL.
 */
extern const char text_kept[] __attribute__((weak));

static struct image image_find(bool whole)
{
	struct image i = {
		.headers = (const phdr *)getauxval(AT_PHDR),
		.n = getauxval(AT_PHNUM),
		.page = getauxval(AT_PAGESZ),
		.whole = whole,
	};

	/* The first segment begins with the ELF header, at address 0 as it was linked. */
	i.base = (uintptr_t)i.headers & -i.page;
	for (size_t k = 0; i.headers && k < i.n; k++)
		i.interpreted |= i.headers[k].p_type == PT_INTERP;
	return i;
}

/* Of the part that comes from the file: what follows it is nobody's file anyway. */
static struct range segment_range(const struct image *i, const phdr *h)
{
	uintptr_t begin = i->base + h->p_vaddr, end = begin + h->p_filesz;

	return (struct range){ begin & -i->page, (end + i->page - 1) & -i->page };
}

/* What the copy has of it. */
static struct range segment_kept(const struct image *i, const phdr *h)
{
	struct range r = segment_range(i, h);
	uintptr_t kept = (uintptr_t)text_kept;

	if (!i->whole && kept > r.begin && kept < r.end)
		r.begin = kept;
	return r;
}

static off_t file_offset(const struct image *i, uintptr_t address, const phdr *h)
{
	return (off_t)(address - (i->base + h->p_vaddr) + h->p_offset);
}

static int segment_protection(const phdr *h)
{
	return (h->p_flags & PF_R ? PROT_READ : 0) | (h->p_flags & PF_W ? PROT_WRITE : 0) |
	       (h->p_flags & PF_X ? PROT_EXEC : 0);
}

/* A static program has applied the relocations behind the headers: nobody reads them again. */
static uintptr_t segment_end(const struct image *i, const phdr *h)
{
	bool headers = h->p_offset == 0 && !(h->p_flags & PF_X);
	bool first = headers && !i->interpreted && h->p_filesz > i->page;

	return i->base + h->p_vaddr + (first ? i->page : h->p_filesz);
}

/* With what a sanitizer has put between our variables: memcpy() would look (so: volatile). */
__attribute__((no_sanitize("address"))) static void words_copy(volatile uint64_t *to,
							       const uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

/* What was relocated, and our variables: the same bytes, in memory that is nobody's file. */
static bool segment_detach(struct range r)
{
	size_t size = r.end - r.begin;
	void *new = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (new == MAP_FAILED)
		return false;
	words_copy(new, (const uint64_t *)r.begin, size / sizeof(uint64_t));
	if (mremap(new, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)r.begin) != MAP_FAILED)
		return true;
	(void)munmap(new, size);
	return false;
}

/*
 * In one go: there is no moment in which the addresses that are kept are not
 * mapped, or hold other bytes than before. We are executing some of them.
 */
static bool segment_replace(const struct image *i, int copy, const phdr *h)
{
	struct range all = segment_range(i, h), r = segment_kept(i, h);

	if (h->p_flags & PF_W)
		return segment_detach(all);
	if (mmap((void *)r.begin, r.end - r.begin, segment_protection(h), MAP_PRIVATE | MAP_FIXED,
		 copy, file_offset(i, r.begin, h)) == MAP_FAILED)
		return false;
	return r.begin == all.begin || munmap((void *)all.begin, r.begin - all.begin) == 0;
}

/* What the linker has relocated and is never to be written again. */
static bool relro_protect(const struct image *i, const phdr *h)
{
	uintptr_t begin = (i->base + h->p_vaddr) & -i->page;
	uintptr_t end = (i->base + h->p_vaddr + h->p_memsz) & -i->page;

	return mprotect((void *)begin, end - begin, PROT_READ) == 0;
}

static bool image_replace(int copy, bool whole)
{
	const struct image i = image_find(whole);
	bool good = i.headers && i.n;

	for (size_t k = 0; k < i.n && good; k++)
		if (i.headers[k].p_type == PT_LOAD)
			good = segment_replace(&i, copy, &i.headers[k]);
	for (size_t k = 0; k < i.n && good; k++)
		if (i.headers[k].p_type == PT_GNU_RELRO)
			good = relro_protect(&i, &i.headers[k]);
	return good;
}

/* Where proc_pid_stat(5) has what the kernel wants to be told. */
static const struct place { int field; size_t member; } places[] = {
	{ 26, offsetof(struct prctl_mm_map, start_code) },
	{ 27, offsetof(struct prctl_mm_map, end_code) },
	{ 28, offsetof(struct prctl_mm_map, start_stack) },
	{ 45, offsetof(struct prctl_mm_map, start_data) },
	{ 46, offsetof(struct prctl_mm_map, end_data) },
	{ 47, offsetof(struct prctl_mm_map, start_brk) },
	{ 48, offsetof(struct prctl_mm_map, arg_start) },
	{ 49, offsetof(struct prctl_mm_map, arg_end) },
	{ 50, offsetof(struct prctl_mm_map, env_start) },
	{ 51, offsetof(struct prctl_mm_map, env_end) },
};

struct err *layout_read(struct prctl_mm_map *m)
{
	auto_free char *text = NULL;
	struct err *err = path_read_at_once("/proc/self/stat", &text, NULL);
	char *at = err ? NULL : strrchr(text, ')');
	const struct place *p = places;

	if (err)
		return err;
	if (!at)
		return err_new(EPROTO, "/proc/self/stat: no name in it");
	at += strlen(") S");		/* fields 2 and 3: the only ones that are no numbers */
	*m = (struct prctl_mm_map){ .brk = (uintptr_t)sbrk(0) };
	for (int field = 4; p < places + countof(places); field++) {
		uint64_t number = strtoull(at, &at, 10);

		if (field == p->field)
			memcpy((char *)m + p++->member, &number, sizeof(number));
	}
	return NULL;
}

struct err *image_copy(int self, int copy, bool whole)
{
	const struct image i = image_find(whole);
	struct err *err = NULL;

	for (size_t k = 0; k < i.n && !err; k++) {
		const phdr *h = &i.headers[k];
		struct range r = segment_kept(&i, h);

		if (h->p_type == PT_LOAD && !(h->p_flags & PF_W))
			err = copy_range(self, copy, (size_t)file_offset(&i, r.begin, h),
					 segment_end(&i, h) - r.begin);
	}
	return err;
}

struct err *image_become(int copy, const struct prctl_mm_map *layout, bool whole)
{
	struct prctl_mm_map m = *layout;

	m.exe_fd = (uint32_t)copy;
	if (!image_replace(copy, whole))
		return err_sys("mmap", "the copy of this program");
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &m, sizeof(m), 0) < 0)
		return err_sys("prctl PR_SET_MM_MAP", "the copy of this program");
	return NULL;
}
