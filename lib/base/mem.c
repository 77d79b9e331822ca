/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: chunks in a chain, freed together. */
#include "hull/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Most arenas stay small; each chunk is larger than the one before, up to this. */
#define CHUNK_FIRST	((size_t)1000)
#define CHUNK_MAX	((size_t)16 * 1024)
#define ALIGN	sizeof(max_align_t)

struct chunk {
	struct chunk *next;
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

static void *take(struct arena *a, size_t n, size_t size)
{
	struct chunk *c = a->chunk;
	size_t want;
	void *p;

	if (__builtin_mul_overflow(n, size, &want) || want > SIZE_MAX / 2)
		abort();
	want = (want + ALIGN - 1) / ALIGN * ALIGN;

	if (!c || c->size - c->used < want) {
		size_t room = !c ? CHUNK_FIRST : c->size < CHUNK_MAX / 4 ? 4 * c->size : CHUNK_MAX;

		if (room < want)
			room = want;
		c = xmalloc(sizeof(*c) + room);
		*c = (struct chunk){ .next = a->chunk, .size = room };
		a->chunk = c;
	}
	p = (char *)c->data + c->used;
	c->used += want;
	return p;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	return memset(take(a, n, size), 0, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = memcpy(take(a, len + 1, 1), s, len);

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
	s = take(a, size, 1);
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

		free(a->chunk);
		a->chunk = next;
	}
}

/* There is room for 4, 8, 16, … elements: for @n and the zero behind them, not for one more. */
static bool is_full(size_t n)
{
	return n >= 3 && (n & (n + 1)) == 0;
}

void *list_grow(struct arena *a, void **v, size_t *n, size_t size)
{
	if (!*v || is_full(*n)) {
		void *more = arena_alloc(a, *v ? 2 * (*n + 1) : 4, size);

		if (*n)
			memcpy(more, *v, *n * size);
		*v = more;
	}
	return (char *)*v + (*n)++ * size;
}
