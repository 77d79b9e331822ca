/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: chunks in a chain, freed together. */
#include "hull/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Most arenas stay small; each chunk is larger than the one before, up to
 * this, with what malloc(3) needs for itself. What is larger than half of
 * the largest has a chunk to itself.
 */
enum { CHUNK_FIRST = 1024, CHUNK_MAX = 16 * 1024, ALONE = CHUNK_MAX / 2, MALLOCS = 32 };

#define ALIGN	_Alignof(max_align_t)

struct chunk {
	struct chunk *next;
	void *owned;		/* a block of malloc(3), if it was given to the arena */
	size_t used, size;
	max_align_t data[];
};

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p) {
		static const char msg[] = "hull: out of memory\n";

		(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
		_exit(1);
	}
	return p;
}

static struct chunk *chunk_new(size_t size, struct chunk *next)
{
	struct chunk *c = xmalloc(sizeof(*c) + size);

	*c = (struct chunk){ .next = next, .size = size };
	return c;
}

/* How large the chunk after @c should be. */
static size_t chunk_room(const struct chunk *c)
{
	size_t whole = c ? 4 * (c->size + sizeof(*c) + MALLOCS) : CHUNK_FIRST;

	return (whole < CHUNK_MAX ? whole : CHUNK_MAX) - sizeof(*c) - MALLOCS;
}

/* The others are filled up before and after it. */
static struct chunk *take_alone(struct arena *a, size_t size)
{
	struct chunk **at = a->chunk ? &a->chunk->next : &a->chunk;

	*at = chunk_new(size, *at);
	(*at)->used = size;
	return *at;
}

char *arena_own(struct arena *a, char *block)
{
	take_alone(a, 0)->owned = block;
	return block;
}

static void *take(struct arena *a, size_t n, size_t size, size_t align)
{
	struct chunk *c = a->chunk;
	size_t want, start;

	if (__builtin_mul_overflow(n, size, &want) || want > SIZE_MAX / 2)
		abort();
	if (want > ALONE)
		return take_alone(a, want)->data;
	start = c ? (c->used + align - 1) / align * align : 0;
	if (!c || c->size < start || c->size - start < want) {
		c = a->chunk = chunk_new(chunk_room(c) > want ? chunk_room(c) : want, c);
		start = 0;
	}
	c->used = start + want;
	return (char *)c->data + start;
}

/* A block that has a chunk to itself can go before the others. */
static void give_back(struct arena *a, const void *block)
{
	struct chunk **at = &a->chunk, *c;

	while ((*at)->data != block)
		at = &(*at)->next;
	c = *at;
	*at = c->next;
	free(c);
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	return memset(take(a, n, size, ALIGN), 0, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = memcpy(take(a, len + 1, 1, 1), s, len);

	copy[len] = 0;
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char brief[256];		/* what does not fit is formatted once more */
	va_list ap, again;
	size_t size;
	char *s;

	va_start(ap, fmt);
	va_copy(again, ap);
	size = (size_t)vsnprintf(brief, sizeof(brief), fmt, ap) + 1;
	s = take(a, size, 1, 1);
	if (size <= sizeof(brief))
		memcpy(s, brief, size);
	else
		vsnprintf(s, size, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

void arena_free(struct arena *a)
{
	while (a->chunk) {
		struct chunk *next = a->chunk->next;

		free(a->chunk->owned);
		free(a->chunk);
		a->chunk = next;
	}
}

void *arena_enlarge(struct arena *a, void *v, size_t room, size_t more, size_t size)
{
	void *new = take(a, more, size, ALIGN);

	if (room)
		memcpy(new, v, room * size);
	if (room * size > ALONE)
		give_back(a, v);
	return new;
}

/* There is room for 4, 8, 16, … elements: for @n and the zero behind them, not for one more. */
static bool is_full(size_t n)
{
	return n >= 3 && (n & (n + 1)) == 0;
}

void *list_grow(struct arena *a, void **v, size_t *n, size_t size)
{
	char *element;

	if (!*v)
		*v = arena_enlarge(a, NULL, 0, 4, size);
	else if (is_full(*n))
		*v = arena_enlarge(a, *v, *n + 1, 2 * (*n + 1), size);
	element = (char *)*v + (*n)++ * size;
	return memset(element, 0, 2 * size);	/* and the one behind it */
}
