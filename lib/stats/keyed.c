/* SPDX-License-Identifier: Apache-2.0 */
/* Files that have numbers by device, by size of page, by resource. */
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define IOS(m)	AT(struct stats, m, m, stats_ios)

/* clang-format off */

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
struct err *io_read(const struct reader *r)
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

struct err *hugetlb_read(const struct reader *r)
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
struct err *rdma_read(const struct reader *r)
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
struct err *misc_read(const struct reader *r)
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
