/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: what there is. It takes no lock, so hooks may call it. What has to be
 * asked about each container is most of its time; so where there are many, all
 * processors ask: helpers are processes of our own, which take part by part as
 * we do, and tell us through a pipe what they have found.
 */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hull/fd.h"
#include "hull/sys.h"

enum {
	COLUMNS = 6,	 /* of the table, */
	SPACE = 3,	 /* and between them */
	PART = 8,	 /* containers that one asks about before the next */
	HELPER_MIN = 32, /* containers that are worth a process */
	HELPERS_MAX = 7,
};

/* What is to be said of PART containers. */
struct part {
	names cells; /* of the table, COLUMNS a line; or documents of JSON */
	names bad;   /* why some could not be read */
	bool done;
};

/* What is asked once for all containers, and what has come of them. */
struct listing {
	const struct hull *h;
	struct arena *arena;		/* of what stays until the end */
	struct dir root;
	struct facts facts;
	uint32_t uid;			/* the last owner */
	const char *owner;		/* whose name that is; NULL: there was none yet */
	void (*add)(struct listing *l, struct arena *a, const struct record *r);
	names ids;
	struct part *parts;  /* in the order of the ids */
	size_t n;	     /* of them */
	atomic_size_t *next; /* that nobody has taken yet: memory of all who ask */
	struct part *part;   /* the one that we are at */
	names cells;	     /* in the end, of all */
};

struct helper {
	pid_t pid;			/* 0: there is none */
	int from;			/* where it tells */
};

/* Most belong to one user, whom the name service need not be asked about again. */
static const char *owner_of(struct listing *l, uint32_t uid)
{
	const struct passwd *pw = l->owner && l->uid == uid ? NULL : getpwuid(uid);

	if (l->owner && l->uid == uid)
		return l->owner;
	l->uid = uid;
	l->owner = pw ? arena_strdup(l->arena, pw->pw_name) : arena_printf(l->arena, "#%u", uid);
	return l->owner;
}

static void cell_add(struct listing *l, const char *text)
{
	*list_add(l->arena, &l->part->cells) = arena_strdup(l->arena, text);
}

static void table_add(struct listing *l, struct arena *a, const struct record *r)
{
	enum status status = record_status(r);

	cell_add(l, r->id);
	cell_add(l, arena_printf(a, "%d", status == STATUS_STOPPED ? 0 : r->pid));
	cell_add(l, status_names[status]);
	cell_add(l, r->bundle);
	cell_add(l, r->created);
	cell_add(l, owner_of(l, r->uid));
}

static void json_add(struct listing *l, struct arena *a, const struct record *r)
{
	auto_free char *text = NULL;
	struct oci_state doc;

	state_read(a, r, &doc);
	doc.owner = arena_strdup(a, owner_of(l, r->uid));
	text = json_encode(&type_oci_state, &doc, JSON_COMPACT);
	cell_add(l, text);
}

static struct err *one_read(struct listing *l, const char *id)
{
	auto_arena struct arena a = { 0 };
	struct record record = { 0 };
	struct err *err = record_peek(&a, &l->root, id, &record);

	if (err)
		return err;
	record.facts = &l->facts;
	l->add(l, &a, &record);
	return NULL;
}

/* One that cannot be read is no reason to hide the others; one that just went is no news. */
static void part_read(struct listing *l, size_t i)
{
	l->part = &l->parts[i];
	for (size_t k = i * PART; k < (i + 1) * PART && k < l->ids.n; k++) {
		auto_err struct err *err = one_read(l, l->ids.v[k]);

		if (err && err_code(err) != ENOENT)
			*list_add(l->arena, &l->part->bad) = arena_strdup(l->arena, err_text(err));
	}
	l->part->done = true;
}

static void parts_read(struct listing *l)
{
	for (size_t i; (i = (*l->next)++) < l->n;)
		part_read(l, i);
}

/* ---- helpers ---- */

static void strings_send(FILE *f, const names *list)
{
	for_each (text, list)
		fwrite(*text, 1, strlen(*text) + 1, f);
}

/* Of each part that was read its number, how many cells and errors there are, and these. */
static struct err *parts_send(const struct listing *l, int to)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	for (size_t i = 0; i < l->n; i++) {
		const struct part *p = &l->parts[i];

		if (!p->done)
			continue;
		fprintf(f, "%zu %zu %zu%c", i, p->cells.n, p->bad.n, 0);
		strings_send(f, &p->cells);
		strings_send(f, &p->bad);
	}
	if (fclose(f))
		abort();
	return fd_write_all(to, "list", text, size);
}

static char *strings_take(struct arena *a, names *list, size_t n, char *at)
{
	for (; n > 0; n--, at = strchr(at, 0) + 1)
		*list_add(a, list) = at;
	return at;
}

static void parts_take(struct listing *l, char *text, size_t size)
{
	for (char *at = text; at < text + size;) {
		struct part *p = &l->parts[strtoul(at, &at, 10)];
		size_t cells = strtoul(at, &at, 10), bad = strtoul(at, &at, 10);

		at = strings_take(l->arena, &p->cells, cells, at + 1);
		at = strings_take(l->arena, &p->bad, bad, at);
		p->done = true;
	}
}

_Noreturn static void helper_do(struct listing *l, int to, const cpu_set_t *others)
{
	auto_err struct err *err = NULL;

	(void)sched_setaffinity(0, sizeof(*others), others);
	parts_read(l);
	err = parts_send(l, to);
	process_end(err ? 1 : 0);
}

/* @others: processors that are not ours, where it is to be, whoever of us runs first. */
static void helper_begin(struct listing *l, const cpu_set_t *others, struct helper *h)
{
	auto_fd int to = -1;
	auto_err struct err *err = NULL;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	h->from = fds[0];
	to = fds[1];
	err = process_clone(0, -1, &h->pid, NULL);
	if (!err && !h->pid)
		helper_do(l, to, others);
	if (err)
		h->pid = 0;
	else
		(void)sched_setaffinity(h->pid, sizeof(*others), others);
}

/* What it does not tell remains to be done. */
static void helper_end(struct listing *l, struct helper *h)
{
	char *text = NULL;
	size_t size;
	int status;
	auto_err struct err *err = NULL;

	if (h->pid) {
		err = child_hear(h->pid, h->from, &text, &size, &status);
		if (text)
			arena_own(l->arena, text);
		if (!err && !status)
			parts_take(l, text, size);
	}
	if (h->from >= 0)
		close(h->from);
}

/* *others: the processors that we may use, but for the one that we are on. */
static size_t helpers_count(size_t containers, cpu_set_t *others)
{
	size_t n = containers / HELPER_MIN;
	int here = sched_getcpu();

	if (n < 2 || here < 0 || sched_getaffinity(0, sizeof(*others), others) < 0)
		return 0;
	CPU_CLR((size_t)here, others);
	n = n - 1 < (size_t)CPU_COUNT(others) ? n - 1 : (size_t)CPU_COUNT(others);
	return n < HELPERS_MAX ? n : HELPERS_MAX;
}

static void parts_share(struct listing *l)
{
	struct helper helpers[HELPERS_MAX];
	atomic_size_t own = 0;
	cpu_set_t others;
	size_t n = helpers_count(l->ids.n, &others);
	void *shared = n ? mmap(NULL, sizeof(own), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0)
			 : MAP_FAILED;

	n = shared == MAP_FAILED ? 0 : n;
	l->next = n ? shared : &own;
	for (size_t i = 0; i < n; i++) {
		helpers[i] = (struct helper){ 0, -1 };
		helper_begin(l, &others, &helpers[i]);
	}
	parts_read(l);
	for (size_t i = 0; i < n; i++)
		helper_end(l, &helpers[i]);
	for (size_t i = 0; i < l->n; i++)
		if (!l->parts[i].done)
			part_read(l, i);
	if (n)
		munmap(shared, sizeof(own));
}

/* A root that is not there has no containers, but who names one means one that is. */
static struct err *ids_read(struct arena *a, const struct hull *h, struct dir *root, names *ids)
{
	struct err *err = root_open(root_of(a, h), root);

	if (err_code(err) != ENOENT)
		return err ? err : root_list(a, root, ids);
	err_free(err);
	return h->root ? err_new(ENOENT, "%s: no such directory", h->root) : NULL;
}

static struct err *listing_read(struct listing *l)
{
	auto_fd int fd = -1;
	struct err *err = ids_read(l->arena, l->h, &l->root, &l->ids);

	fd = l->root.fd;
	if (err || !l->ids.n)
		return err;
	l->facts = (struct facts){ l->arena, boot_id(l->arena), { -1, "" } };
	l->n = (l->ids.n + PART - 1) / PART;
	l->parts = arena_array(l->arena, struct part, l->n);
	parts_share(l);
	facts_close(&l->facts);
	for (size_t i = 0; i < l->n; i++) {
		for_each (cell, &l->parts[i].cells)
			*list_add(l->arena, &l->cells) = *cell;
		for_each (why, &l->parts[i].bad)
			l->h->warn(*why);
	}
	return NULL;
}

/* ---- forms ---- */

static char *line_put(char *to, const char *const *cells, const size_t *width)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t len = strlen(cells[i]);

		to = mempcpy(to, cells[i], len);
		if (i < COLUMNS - 1) {
			memset(to, ' ', width[i] - len);
			to += width[i] - len;
		}
	}
	*to++ = '\n';
	return to;
}

static char *table_text(const names *cells)
{
	static const char *const head[] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	size_t width[COLUMNS] = { 12, 12, 12, 12, 12, 12 }, line = 1;
	char *text, *end;

	for (size_t i = 0; i < cells->n; i++)
		if (strlen(cells->v[i]) + SPACE > width[i % COLUMNS])
			width[i % COLUMNS] = strlen(cells->v[i]) + SPACE;
	for (size_t i = 0; i < COLUMNS; i++)
		line += width[i];
	text = xmalloc((cells->n / COLUMNS + 1) * line + 1);
	end = line_put(text, head, width);
	for (size_t i = 0; i < cells->n; i += COLUMNS)
		end = line_put(end, (const char *const *)cells->v + i, width);
	*end = 0;
	return text;
}

/* null when there are none, as runc writes it. */
static char *array_text(const names *documents)
{
	size_t size = sizeof("null\n");
	char *text, *end;

	for_each (document, documents)
		size += strlen(*document) + 1;
	end = text = xmalloc(size + 2);
	for_each (document, documents)
		end = mempcpy(mempcpy(end, end == text ? "[" : ",", 1), *document, strlen(*document));
	end = stpcpy(end, end == text ? "null\n" : "]\n");
	return text;
}

static const struct form {
	void (*add)(struct listing *l, struct arena *a, const struct record *r);
	char *(*text)(const names *cells);
} forms[] = {
	[HULL_LIST_TABLE] = { table_add, table_text },
	[HULL_LIST_JSON] = { json_add, array_text },
};

static struct err *list_asked(struct arena *a, const struct hull *h, const struct form *form,
			      char **text)
{
	struct listing l = { .h = h, .arena = a, .add = form->add };
	struct err *err = listing_read(&l);

	*text = err ? NULL : form->text(&l.cells);
	return err;
}

/* Of those that have a record: nothing in it needs to be read for that. */
static struct err *list_ids(struct arena *a, const struct hull *h, char **text)
{
	auto_fd int fd = -1;
	struct dir root = { .fd = -1 };
	names ids = { 0 };
	struct err *err = ids_read(a, h, &root, &ids);
	size_t size = 1;
	char *end;

	fd = root.fd;
	for_each (id, &ids)
		size += strlen(*id) + 1;
	end = *text = xmalloc(size);
	for_each (id, &ids)
		if (path_exists(arena_printf(a, "%s/%s/state.json", root.path, *id)))
			end = mempcpy(mempcpy(end, *id, strlen(*id)), "\n", 1);
	*end = 0;
	return err;
}

struct err *hull_list(const struct hull *h, enum hull_list_form form, char **text)
{
	auto_arena struct arena a = { 0 };
	struct err *err = form == HULL_LIST_IDS ? list_ids(&a, h, text)
						: list_asked(&a, h, &forms[form], text);

	return err ? err_set(err_add(err, "list"), ERR_VERB, "list") : NULL;
}
