/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATS_READER_H
#define STATS_READER_H

#include "text.h"

/* Who reads the files of a cgroup, and into what. */
struct reader {
	struct arena *arena;
	const struct dir *dir;
	struct stats *stats;
};

static inline struct err *file_read(const struct reader *r, const char *name, const char **text)
{
	return text_read(r->arena, r->dir, name, text);
}

/* Where a row of a table has its number. */
static inline void *place(const struct reader *r, size_t at)
{
	return (char *)r->stats + at;
}

/* keyed.c */
struct err *io_read(const struct reader *r) MUST_CHECK;
struct err *hugetlb_read(const struct reader *r) MUST_CHECK;
struct err *rdma_read(const struct reader *r) MUST_CHECK;
struct err *misc_read(const struct reader *r) MUST_CHECK;

#endif
