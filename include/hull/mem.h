/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_MEM_H
#define HULL_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "hull/err.h"

/*
 * Two owners only. Data that lives as long as the command (spec, plan) comes
 * from an arena and is freed with it; what a function opens for itself is an
 * auto_ variable and closes with its scope. Out of memory ends the process.
 */
struct arena {
	struct chunk *chunk;
};

/* Zeroed memory. */
void *arena_alloc(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3) __attribute__((nonnull));
void arena_free(struct arena *a);

/* Gives a block of malloc(3) to the arena; returns it. */
char *arena_own(struct arena *a, char *block);

/*
 * Room for @more elements, of which the first @room are those of @v, which
 * goes; the others are not zeroed. @v: from here, with that room; or NULL, 0.
 */
void *arena_enlarge(struct arena *a, void *v, size_t room, size_t more, size_t size);

#define arena_new(a, T)		((T *)arena_alloc((a), 1, sizeof(T)))
#define arena_array(a, T, n)	((T *)arena_alloc((a), (n), sizeof(T)))

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));

static inline void free_p(void *p) { free(*(void **)p); }
static inline void close_p(int *fd) { if (*fd >= 0) close(*fd); }
static inline void err_free_p(struct err **e) { err_free(*e); }

#define auto_free	__attribute__((cleanup(free_p)))
#define auto_fd		__attribute__((cleanup(close_p)))
#define auto_err	__attribute__((cleanup(err_free_p)))
#define auto_arena	__attribute__((cleanup(arena_free)))

/* Giving away is visible: *out = take_fd(&fd). */
#define take_fd(p)	({ int *p_ = (p); int v_ = *p_; *p_ = -1; v_; })
#define take_ptr(p)	({ __typeof__(p) p_ = (p); __typeof__(*p_) v_ = *p_; *p_ = NULL; v_; })

#define countof(a)	(sizeof(a) / sizeof((a)[0]))

/* A counted array; v[n] is zero, so that a list of strings serves as argv. */
#define LIST(T)		struct { T *v; size_t n; }
#define for_each(p, list) \
	for (__typeof__(*(list)->v) *p = (list)->v; (size_t)(p - (list)->v) < (list)->n; p++)

/*
 * Appends a zeroed element and returns its address, which the next append may
 * move. Only for lists that were made by it: others have no spare room.
 */
#define list_add(a, list) \
	((__typeof__((list)->v))list_grow((a), (void **)&(list)->v, &(list)->n, \
					  sizeof(*(list)->v)))
void *list_grow(struct arena *a, void **v, size_t *n, size_t size);

#endif
