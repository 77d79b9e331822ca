/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a cgroup as numbers: cgroup-v2.rst of the kernel, "Controllers". */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "hull/cpu_list.h"

#include "reader.h"

#define U64(m)	AT(struct stats, m, m, uint64_t)
#define PSI(m)	AT(struct stats, m, m, struct stats_pressure *)

/* clang-format off */

/* Files with one number. */
static const struct number {
	const char *file;
	size_t at;
} numbers[] = {
	{ "memory.current",      U64(memory.usage.usage) },
	{ "memory.peak",         U64(memory.usage.max) },	/* since Linux 5.19 */
	{ "memory.max",          U64(memory.usage.limit) },
	{ "memory.swap.current", U64(memory.swap.usage) },
	{ "memory.swap.max",     U64(memory.swap.limit) },
	{ "pids.current",        U64(pids.current) },
	{ "pids.max",            U64(pids.limit) },
};

/* Lines of files, the number behind their first word; those of a file stand together. */
static const struct line {
	const char *file, *key;
	size_t at;
	unsigned factor;
} lines[] = {
	{ "cpu.stat",           "usage_usec",     U64(cpu.usage.total),                  1000 },
	{ "cpu.stat",           "system_usec",    U64(cpu.usage.kernel),                 1000 },
	{ "cpu.stat",           "user_usec",      U64(cpu.usage.user),                   1000 },
	{ "cpu.stat",           "nr_periods",     U64(cpu.throttling.periods),           1 },
	{ "cpu.stat",           "nr_throttled",   U64(cpu.throttling.throttled_periods), 1 },
	{ "cpu.stat",           "throttled_usec", U64(cpu.throttling.throttled_time),    1000 },
	{ "memory.events",      "max",            U64(memory.usage.failcnt),             1 },
	{ "memory.swap.events", "max",            U64(memory.swap.failcnt),              1 },
	{ "memory.stat",        "file",           U64(memory.cache),                     1 },
};

static const struct pressure {
	const char *file;
	size_t at;
} pressures[] = {
	{ "cpu.pressure",    PSI(cpu.psi) },
	{ "memory.pressure", PSI(memory.psi) },
	{ "io.pressure",     PSI(blkio.psi) },
};

/* clang-format on */

static struct err *numbers_read(const struct reader *r)
{
	for (size_t i = 0; i < countof(numbers); i++) {
		const char *text;
		struct err *err = file_read(r, numbers[i].file, &text);

		if (err)
			return err;
		*(uint64_t *)place(r, numbers[i].at) = text_number(text);
	}
	return NULL;
}

static struct err *lines_read(const struct reader *r)
{
	const char *file = "", *text = "";

	for (const struct line *l = lines; l < lines + countof(lines); l++) {
		struct err *err = strcmp(file, l->file) ? file_read(r, l->file, &text) : NULL;
		uint64_t *to = place(r, l->at);

		if (err)
			return err;
		file = l->file;
		if (__builtin_mul_overflow(stats_value(text, l->key), l->factor, to))
			*to = UINT64_MAX;
	}
	return NULL;
}

static struct err *pressures_read(const struct reader *r)
{
	for (size_t i = 0; i < countof(pressures); i++) {
		const char *text;
		struct err *err = file_read(r, pressures[i].file, &text);

		if (err)
			return err;
		*(struct stats_pressure **)place(r, pressures[i].at) =
			text_pressure(r->arena, text);
	}
	return NULL;
}

/* memory.stat as it is. */
static struct err *raw_read(const struct reader *r)
{
	const char *line;
	struct err *err = file_read(r, "memory.stat", &line);

	for (; *line; line = text_next(line)) {
		size_t len = text_word(line);

		if (len && line[len] == ' ')
			*list_add(r->arena, &r->stats->memory.raw) = (struct json_count){
				.key = arena_strndup(r->arena, line, len),
				.value = text_number(line + len + 1),
			};
	}
	return err;
}

/* "0-3,7\n" */
static struct err *cpus_read(const struct reader *r, const char *file, stats_cpus *list)
{
	unsigned long *mask, bits = 0;
	const char *text;
	struct err *err = file_read(r, file, &text);

	if (!cpu_list_parse(r->arena, arena_strndup(r->arena, text, text_word(text)), &mask, &bits))
		bits = 0;
	for (unsigned long i = 0; i < bits; i++)
		if (mask[i / LONG_BIT] & 1ul << i % LONG_BIT)
			*list_add(r->arena, list) = (uint32_t)i;
	return err;
}

static struct err *cpuset_read(const struct reader *r)
{
	struct stats_cpuset *c = &r->stats->cpuset;
	struct err *err = cpus_read(r, "cpuset.cpus.effective", &c->cpus);

	return err ? err : cpus_read(r, "cpuset.mems.effective", &c->mems);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	uint64_t c;

	return __builtin_add_overflow(a, b, &c) ? UINT64_MAX : c;
}

/* What cgroup v1 would say of the same; a kernel without swap has zeros there. */
static void convert(struct stats *s)
{
	s->memory.swap.usage = sum(s->memory.swap.usage, s->memory.usage.usage);
	s->memory.swap.limit = sum(s->memory.swap.limit, s->memory.usage.limit);
	if (s->pids.limit == UINT64_MAX)
		s->pids.limit = 0;
}

/* Its files vanish one by one when a cgroup is removed: without this one it has none. */
static struct err *existence_check(const struct reader *r)
{
	const char *text;
	struct err *err = file_read(r, "cgroup.events", &text);

	return err || *text ? err : err_new(ESRCH, "cgroup %s has been removed", r->dir->path);
}

struct err *stats_cgroup(struct arena *a, const struct dir *cgroup, struct stats *s)
{
	static struct err *(*const all[])(const struct reader *r) = {
		numbers_read, lines_read, pressures_read, raw_read, io_read, cpuset_read,
		hugetlb_read, rdma_read, misc_read, existence_check,
	};
	const struct reader r = { a, cgroup, s };

	for (size_t i = 0; i < countof(all); i++) {
		struct err *err = all[i](&r);

		if (err)
			return err;
	}
	convert(s);
	return NULL;
}
