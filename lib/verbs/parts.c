/* SPDX-License-Identifier: Apache-2.0 */
/* Work for all processors: see parts.h. */
#include "parts.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hull/sys.h"

enum {
	HELPER_MIN = 32, /* things that are worth a process */
	TOLD_MAX = 8192, /* bytes of text a thing, for which there is room */
};

/* Of a part that a helper has done. */
struct told {
	atomic_bool done;
	size_t found, bad;
	char *text; /* of these, one behind the other */
};

/* What we share with the helpers, at the same address for all. */
struct board {
	atomic_size_t next; /* part that nobody has taken yet */
	atomic_size_t used; /* of the room */
	size_t size;	    /* of all of this */
	char *room;	    /* for what they tell, */
	struct told told[]; /* of each part */
};

static struct board *board_new(const struct parts *p)
{
	size_t head = sizeof(struct board) + p->n * sizeof(struct told);
	size_t size = head + p->things * TOLD_MAX;
	struct board *b = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = size;
	b->room = (char *)b + head;
	return b;
}

static void part_do(struct parts *p, size_t i)
{
	for (size_t k = i * PART; k < (i + 1) * PART && k < p->things; k++)
		p->look(p->data, k, &p->part[i]);
	p->part[i].done = true;
}

/* ---- what helpers tell ---- */

static size_t strings_size(const names *list)
{
	size_t size = 0;

	for_each (text, list)
		size += strlen(*text) + 1;
	return size;
}

static char *strings_put(char *to, const names *list)
{
	for_each (text, list)
		to = stpcpy(to, *text) + 1;
	return to;
}

static char *strings_take(struct arena *a, names *list, size_t n, char *at)
{
	for (; n > 0; n--, at += strlen(at) + 1)
		*list_add(a, list) = at;
	return at;
}

/* False: there is no more room. */
static bool part_tell(struct board *b, const struct part *part, struct told *told)
{
	size_t size = strings_size(&part->found) + strings_size(&part->bad);
	size_t at = atomic_fetch_add(&b->used, size);

	if (b->room + at + size > (char *)b + b->size)
		return false;
	told->text = b->room + at;
	told->found = part->found.n;
	told->bad = part->bad.n;
	strings_put(strings_put(told->text, &part->found), &part->bad);
	atomic_store(&told->done, true);
	return true;
}

/* Whether a helper has told of it. */
static bool part_take(struct parts *p, size_t i)
{
	const struct told *told = p->board ? &p->board->told[i] : NULL;
	struct part *part = &p->part[i];
	char *at;

	if (!told || !atomic_load(&told->done))
		return false;
	at = strings_take(p->arena, &part->found, told->found, told->text);
	strings_take(p->arena, &part->bad, told->bad, at);
	part->done = true;
	return true;
}

/* ---- helpers ---- */

_Noreturn static void help(struct parts *p, const cpu_set_t *others)
{
	struct board *b = p->board;

	(void)sched_setaffinity(0, sizeof(*others), others);
	for (size_t i; (i = b->next++) < p->n;) {
		part_do(p, i);
		if (!part_tell(b, &p->part[i], &b->told[i]))
			break;
	}
	process_end(0);
}

/* @others: processors that are not ours, where it is to be, whoever of us runs first. */
static bool helper_begin(struct parts *p, const cpu_set_t *others)
{
	struct helper *h = &p->helper[p->helpers];
	auto_err struct err *err = process_clone(0, -1, &h->pid, &h->pidfd);

	if (err)
		return false;
	if (!h->pid)
		help(p, others);
	(void)sched_setaffinity(h->pid, sizeof(*others), others);
	return true;
}

/* To end it must run: where others are before it, it need not wait, but comes to us. */
static void helper_end(struct helper *h)
{
	int cpu = sched_getcpu();
	cpu_set_t here;

	CPU_ZERO(&here);
	if (cpu >= 0)
		CPU_SET((size_t)cpu, &here);
	(void)sched_setaffinity(h->pid, sizeof(here), &here);
	err_free(process_kill(h->pid, h->pidfd));
	close(h->pidfd);
}

/* *others: the processors that we may use, but for the one that we are on. */
static size_t helpers_count(size_t things, cpu_set_t *others)
{
	size_t n = things / HELPER_MIN;
	int here = sched_getcpu();

	if (n < 2 || here < 0 || sched_getaffinity(0, sizeof(*others), others) < 0)
		return 0;
	CPU_CLR((size_t)here, others);
	n = n - 1 < (size_t)CPU_COUNT(others) ? n - 1 : (size_t)CPU_COUNT(others);
	return n < HELPERS_MAX ? n : HELPERS_MAX;
}

void parts_do(struct parts *p)
{
	cpu_set_t others;
	size_t helpers = helpers_count(p->things, &others);

	p->helpers = 0;
	p->n = (p->things + PART - 1) / PART;
	p->part = arena_array(p->arena, struct part, p->n);
	p->board = helpers ? board_new(p) : NULL;
	while (p->board && p->helpers < helpers && helper_begin(p, &others))
		p->helpers++;
	for (size_t i; p->board && (i = p->board->next++) < p->n;)
		part_do(p, i);
	for (size_t i = 0; i < p->n; i++)
		if (!p->part[i].done && !part_take(p, i))
			part_do(p, i);
}

void parts_end(struct parts *p)
{
	if (!p->board)
		return;
	while (p->helpers > 0)
		helper_end(&p->helper[--p->helpers]);
	munmap(p->board, p->board->size);
	p->board = NULL;
}
