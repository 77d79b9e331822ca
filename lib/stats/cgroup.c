/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a cgroup as numbers: cgroup-v2.rst of the kernel, "Controllers". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define U64(m)	AT(struct stats, m, m, uint64_t)
#define IOS(m)	AT(struct stats, m, m, stats_ios)
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

/* The keys of io.stat. */
static const struct io_key {
	const char *key, *op;
	size_t at;
} io_keys[] = {
	{ "rbytes",       "Read",    IOS(blkio.bytes) },
	{ "wbytes",       "Write",   IOS(blkio.bytes) },
	{ "dbytes",       "Discard", IOS(blkio.bytes) },
	{ "rios",         "Read",    IOS(blkio.operations) },
	{ "wios",         "Write",   IOS(blkio.operations) },
	{ "dios",         "Discard", IOS(blkio.operations) },
	{ "cost.usage",   NULL,      IOS(blkio.cost_usage) },
	{ "cost.wait",    NULL,      IOS(blkio.cost_wait) },
	{ "cost.indebt",  NULL,      IOS(blkio.cost_indebt) },
	{ "cost.indelay", NULL,      IOS(blkio.cost_indelay) },
};

/* clang-format on */

struct reader {
	struct arena *arena;
	const struct dir *dir;
	struct stats *stats;
};

static struct err *file_read(const struct reader *r, const char *name, const char **text)
{
	return text_read(r->arena, r->dir, name, text);
}

static void *place(const struct reader *r, size_t at)
{
	return (char *)r->stats + at;
}

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

/* "8:0"; false if it is another kind of word. */
static bool device_parse(const char *word, struct stats_io *io)
{
	char *end;

	io->major = strtoull(word, &end, 10);
	if (end == word || *end != ':')
		return false;
	io->minor = strtoull(end + 1, &end, 10);
	return !*end || *end == ' ' || *end == '\n';
}

static void io_add(const struct reader *r, const char *word, struct stats_io io)
{
	for (const struct io_key *k = io_keys; k < io_keys + countof(io_keys); k++) {
		size_t len = strlen(k->key);

		if (strncmp(word, k->key, len) || word[len] != '=')
			continue;
		io.op = k->op ? arena_strdup(r->arena, k->op) : NULL;
		io.value = text_number(word + len + 1);
		*list_add(r->arena, (stats_ios *)place(r, k->at)) = io;
	}
}

/*
 * "8:0 rbytes=0 wbytes=0 …". Kernels around 5.15 run the lines of devices
 * without numbers into the next one, so that the last device counts.
 */
static struct err *io_read(const struct reader *r)
{
	struct stats_io device = { 0 }, next;
	const char *word;
	struct err *err = file_read(r, "io.stat", &word);
	bool known = false;

	for (; *word; word += text_word(word), word += !!*word) {
		if (device_parse(word, &next)) {
			device = next;
			known = true;
		} else if (known) {
			io_add(r, word, device);
		}
	}
	return err;
}

static struct err *cpuset_read(const struct reader *r)
{
	const char *cpus, *mems;
	text_numbers list[2] = { 0 };
	struct err *err = file_read(r, "cpuset.cpus.effective", &cpus);

	if (!err)
		err = file_read(r, "cpuset.mems.effective", &mems);
	if (err)
		return err;
	text_ranges(r->arena, cpus, &list[0]);
	text_ranges(r->arena, mems, &list[1]);
	r->stats->cpuset.cpus.v = list[0].v;
	r->stats->cpuset.cpus.n = list[0].n;
	r->stats->cpuset.mems.v = list[1].v;
	r->stats->cpuset.mems.n = list[1].n;
	return NULL;
}

/* "hugetlb.2MB.current": 2MB; "hugetlb.2MB.rsvd.current" is none. */
static char *page_size(struct arena *a, const char *file)
{
	static const char before[] = "hugetlb.", behind[] = ".current";
	const char *size = file + strlen(before);

	if (strncmp(file, before, strlen(before)) != 0)
		return NULL;
	return strcmp(size + strcspn(size, "."), behind) ? NULL :
		arena_strndup(a, size, strcspn(size, "."));
}

static int by_size(const void *a, const void *b)
{
	return strcmp(((const struct stats_hugetlb *)a)->size,
		      ((const struct stats_hugetlb *)b)->size);
}

static struct err *hugetlb_fill(const struct reader *r, struct stats_hugetlb *h)
{
	const char *text, *base = arena_printf(r->arena, "hugetlb.%s", h->size);
	struct err *err = file_read(r, arena_printf(r->arena, "%s.current", base), &text);

	if (err)
		return err;
	h->usage = text_number(text);
	err = file_read(r, arena_printf(r->arena, "%s.events", base), &text);
	h->failcnt = err ? 0 : stats_value(text, "max");
	return err;
}

static struct err *hugetlb_read(const struct reader *r)
{
	struct stats *s = r->stats;
	names files = { 0 };
	struct err *err = dir_list(r->arena, r->dir, &files);

	for_each (file, &files) {
		char *size = page_size(r->arena, *file);

		if (size)
			list_add(r->arena, &s->hugetlb)->size = size;
	}
	if (s->hugetlb.n)
		qsort(s->hugetlb.v, s->hugetlb.n, sizeof(*s->hugetlb.v), by_size);
	for (size_t i = 0; i < s->hugetlb.n && !err; i++)
		err = hugetlb_fill(r, &s->hugetlb.v[i]);
	return err;
}

/* "mlx4_0 hca_handle=2 hca_object=2000" */
static struct err *rdma_read(const struct reader *r)
{
	const char *now, *max;
	struct err *err = file_read(r, "rdma.current", &now);

	if (!err)
		err = file_read(r, "rdma.max", &max);
	for (; !err && text_word(now); now = text_next(now))
		*list_add(r->arena, &r->stats->rdma) = (struct stats_rdma){
			.device = arena_strndup(r->arena, now, text_word(now)),
			.hca_handle.usage = text_number(text_nested(now, now, "hca_handle")),
			.hca_handle.limit = text_number(text_nested(max, now, "hca_handle")),
			.hca_object.usage = text_number(text_nested(now, now, "hca_object")),
			.hca_object.limit = text_number(text_nested(max, now, "hca_object")),
		};
	return err;
}

/* "sev 3", and in misc.events "sev.max 0" */
static struct err *misc_read(const struct reader *r)
{
	const char *now, *max, *peak, *events;
	struct err *err = file_read(r, "misc.current", &now);

	if (!err)
		err = file_read(r, "misc.max", &max);
	if (!err)
		err = file_read(r, "misc.peak", &peak);		/* since Linux 6.12 */
	if (!err)
		err = file_read(r, "misc.events", &events);
	for (; !err && text_word(now); now = text_next(now)) {
		char *name = arena_strndup(r->arena, now, text_word(now));

		*list_add(r->arena, &r->stats->misc) = (struct stats_misc){
			.resource = name,
			.usage = stats_value(now, name),
			.limit = stats_value(max, name),
			.max = stats_value(peak, name),
			.failcnt = stats_value(events, arena_printf(r->arena, "%s.max", name)),
		};
	}
	return err;
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
