/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: what is set on every process or thread of a container. New ones
 * appear meanwhile, with what their parents had: those that were made before
 * their parent's turn are found when looking again, until a look finds nothing
 * that must be changed.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "hull/sys.h"

#include "update.h"

enum {
	LOOKS_MAX = 100,		/* a bomb of forks may always be ahead */
	ANCESTORS_MAX = 64,
};

/* ---- what was kept ---- */

static int by_id(const void *a, const void *b)
{
	const struct kept_value *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void kept_sort(struct turn *t)
{
	if (t->kept.n)
		qsort(t->kept.v, t->kept.n, sizeof(*t->kept.v), by_id);
	t->sorted = t->kept.n;
}

/* What @id had at first; @start 0: whichever process had this number. */
static const struct kept_value *kept_find(const struct turn *t, pid_t id, uint64_t start)
{
	size_t low = 0, high = t->sorted;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->kept.v[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->sorted && t->kept.v[low].id == id; low++)
		if (!start || t->kept.v[low].start == start)
			return &t->kept.v[low];
	return NULL;
}

/* ---- one of them ---- */

static bool is_gone(const struct err *err)
{
	return err_code(err) == ESRCH || err_code(err) == ENOENT;
}

/* Of a thread: the first one of its process. Of that: who made it. 0 if it is gone. */
static pid_t parent_of(struct arena *a, pid_t id)
{
	auto_free char *text = NULL;
	auto_err struct err *err = path_read(arena_printf(a, "/proc/%d/status", id), &text, NULL);
	const char *tgid = err ? NULL : strstr(text, "\nTgid:\t");
	const char *ppid = err ? NULL : strstr(text, "\nPPid:\t");
	pid_t process = tgid ? (pid_t)strtol(tgid + strlen("\nTgid:\t"), NULL, 10) : 0;

	if (process && process != id)
		return process;
	return ppid ? (pid_t)strtol(ppid + strlen("\nPPid:\t"), NULL, 10) : 0;
}

/*
 * What one of them shall have back: what it had; or, if it was made since,
 * what it would have from the one that made it, had nothing been changed.
 */
static const void *value_before(struct arena *a, const struct turn *undone, pid_t id,
				uint64_t start)
{
	const struct kept_value *kept = kept_find(undone, id, start);

	for (int i = 0; !kept && id > 1 && i < ANCESTORS_MAX; i++) {
		id = parent_of(a, id);
		kept = kept_find(undone, id, 0);
	}
	return kept ? kept->value : NULL;
}

/* @undone: the turn that is to be taken back, or NULL. */
static struct err *one_set(struct arena *a, struct turn *t, const struct turn *undone, pid_t id,
			   bool *changed)
{
	const struct knob *k = &t->knob;
	uint64_t start = process_start_time(id);
	struct kept_value kept = { id, start, t->kept.n, NULL };
	const void *value = undone ? value_before(a, undone, id, start) : t->value;
	auto_free void *now = xmalloc(k->size);
	struct err *err;

	if (!start || !value || kept_find(t, id, start))
		return NULL;
	memset(now, 0, k->size);
	kept.value = arena_alloc(a, 1, k->size);
	err = k->get(k, id, kept.value);
	if (!err)
		err = undone && k->put_back ? k->put_back(k, id, value) : k->set(k, id, value);
	if (err)
		return err;
	*list_add(a, &t->kept) = kept;
	err = k->get(k, id, now);
	*changed |= !err && memcmp(now, kept.value, k->size);
	return err;
}

/* ---- all of them ---- */

static struct err *each_set(struct arena *a, struct turn *t, const struct turn *undone,
			    const pid_list *list, bool *changed)
{
	for_each (id, list) {
		struct err *err = one_set(a, t, undone, *id, changed);

		if (err && !is_gone(err))
			return err_add(err, "%s of process %d", t->knob.name, *id);
		err_free(err);
	}
	return NULL;
}

static struct err *threads_of(struct arena *a, const pid_list *processes, pid_list *threads)
{
	for_each (pid, processes) {
		struct dir d = { .path = arena_printf(a, "/proc/%d/task", *pid) };
		auto_fd int fd = -1;
		names all = { 0 };
		struct err *err = path_open(d.path, O_RDONLY | O_DIRECTORY, &fd);

		d.fd = fd;
		if (!err)
			err = dir_list(a, &d, &all);
		if (err && !is_gone(err))
			return err;
		err_free(err);
		for_each (name, &all)
			if (isdigit((unsigned char)**name))
				*list_add(a, threads) = (pid_t)strtol(*name, NULL, 10);
	}
	return NULL;
}

static struct err *look(const struct update *u, struct turn *t, const struct turn *undone,
			bool *changed)
{
	auto_arena struct arena a = { 0 };	/* of the lists, which are long */
	pid_list processes = { 0 }, threads = { 0 };
	struct err *err = container_pids(&a, u->live->record, &processes);

	if (!err && t->knob.of_threads)
		err = threads_of(&a, &processes, &threads);
	if (!err)
		err = each_set(u->live->arena, t, undone,
			       t->knob.of_threads ? &threads : &processes, changed);
	kept_sort(t);
	return err;
}

static struct err *turn_all(const struct update *u, struct turn *t, const struct turn *undone)
{
	bool changed = true;
	struct err *err = NULL;

	for (int i = 0; changed && !err; i++) {
		if (i == LOOKS_MAX)
			return err_new(EAGAIN,
				       "%s: new processes appeared %d times while it was set",
				       t->knob.name, LOOKS_MAX);
		changed = false;
		err = look(u, t, undone, &changed);
	}
	return err;
}

struct err *turns_change(struct update *u)
{
	const struct plan *plan = &u->plan->process;

	for_each (t, &u->turns) {
		struct err *err;

		t->begun = true;
		err = turn_all(u, t, NULL);
		if (err)
			return err_at(err, plan->doc, t->from, t->member);
	}
	return NULL;
}

struct err *turns_restore(struct update *u)
{
	struct err *err = NULL;

	for (size_t i = u->turns.n; i-- > 0;) {
		struct turn back = { .knob = u->turns.v[i].knob };

		if (u->turns.v[i].begun)
			err = err_both(err, turn_all(u, &back, &u->turns.v[i]));
	}
	return err;
}
