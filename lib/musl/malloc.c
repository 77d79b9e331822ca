/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for a program that lives for milliseconds. musl's own malloc gives
 * pages back to the kernel as soon as nothing in them is used, and asks for
 * new ones soon after: a hundred system calls and as many page faults in one
 * `hull run`, a tenth of its time.
 *
 * Blocks are powers of two. Freed ones wait in a list of their size, large
 * ones go back. For one thread, which is all that hull has.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SMALLEST = 6, LARGEST = 17 };	/* powers of two: 64 bytes, 128 KiB */
#define REGION ((size_t)1 << 20)	/* taken at once; what is not touched costs nothing */

/* In front of each block; what follows is aligned for anything. */
union header {
	struct {
		size_t size;		/* with this */
		union header *next;	/* of those that are free */
	} block;
	max_align_t align;
};

static union header *freed[LARGEST + 1];
static char *fresh, *end;

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Of the smallest block that holds @size. */
static int order_of(size_t size)
{
	int order = SMALLEST;

	while ((size_t)1 << order < size)
		order++;
	return order;
}

static union header *block_new(size_t size)
{
	char *p = fresh;

	if ((size_t)(end - fresh) < size) {
		p = map(REGION);
		if (!p)
			return NULL;
		end = p + REGION;
	}
	fresh = p + size;
	return (union header *)p;
}

static union header *block_take(size_t *size)
{
	int order = order_of(*size);
	union header *h;

	if (order > LARGEST)
		return map(*size);
	*size = (size_t)1 << order;
	h = freed[order];
	if (!h)
		return block_new(*size);
	freed[order] = h->block.next;
	return h;
}

void *malloc(size_t n)
{
	size_t size = n + sizeof(union header);
	union header *h = n <= PTRDIFF_MAX / 2 ? block_take(&size) : NULL;

	if (!h) {
		errno = ENOMEM;
		return NULL;
	}
	h->block.size = size;
	return h + 1;
}

void free(void *p)
{
	int order, before = errno;
	union header *h;

	if (!p)
		return;
	h = (union header *)p - 1;
	order = order_of(h->block.size);
	if (order > LARGEST) {
		(void)munmap(h, h->block.size);
		errno = before;
		return;
	}
	h->block.next = freed[order];
	freed[order] = h;
}

void *calloc(size_t n, size_t size)
{
	size_t whole;
	void *p;

	if (__builtin_mul_overflow(n, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(whole);
	return p ? memset(p, 0, whole) : NULL;
}

void *realloc(void *p, size_t n)
{
	size_t room = p ? ((union header *)p - 1)->block.size - sizeof(union header) : 0;
	void *new;

	if (p && n <= room)
		return p;
	new = malloc(n);
	if (new && p) {
		memcpy(new, p, room);
		free(p);
	}
	return new;
}
