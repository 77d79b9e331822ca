/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: what there is. It takes no lock, so hooks may call it. What has to be
 * asked about each container is most of its time; so of many, each processor
 * asks about a share: helpers are processes of our own, which tell us through
 * a pipe what they have found.
 */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hull/fd.h"
#include "hull/sys.h"

enum {
	COLUMNS	  = 6,			/* of the table, */
	SPACE	  = 3,			/* and between them */
	SHARE_MIN = 32,			/* containers that are worth a process */
	HELPERS	  = 7,			/* at most */
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
	names cells;			/* of the table, COLUMNS a line; or documents of JSON */
	names bad;			/* why some could not be read */
};

/* Some of the containers, and who asks about them. */
struct share {
	char *const *ids;
	size_t n;
	pid_t helper;			/* 0: we do */
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
	*list_add(l->arena, &l->cells) = arena_strdup(l->arena, text);
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
static void share_read(struct listing *l, const struct share *s)
{
	for (size_t i = 0; i < s->n; i++) {
		auto_err struct err *err = one_read(l, s->ids[i]);

		if (err && err_code(err) != ENOENT)
			*list_add(l->arena, &l->bad) = arena_strdup(l->arena, err_text(err));
	}
}

/* ---- shares ---- */

/* How many cells there are, the cells, and what else there is to say; each with its end. */
static struct err *strings_send(int to, const names *cells, const names *bad)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	fprintf(f, "%zu%c", cells->n, 0);
	for_each (cell, cells)
		fwrite(*cell, 1, strlen(*cell) + 1, f);
	for_each (why, bad)
		fwrite(*why, 1, strlen(*why) + 1, f);
	if (fclose(f))
		abort();
	return fd_write_all(to, "list", text, size);
}

static void strings_take(struct listing *l, char *text, size_t size)
{
	size_t cells = strtoul(text, NULL, 10), n = 0;

	for (char *at = strchr(text, 0) + 1; at < text + size; at = strchr(at, 0) + 1, n++)
		*(n < cells ? list_add(l->arena, &l->cells) : list_add(l->arena, &l->bad)) = at;
}

_Noreturn static void helper_do(struct listing *l, const struct share *s, int to)
{
	auto_err struct err *err = NULL;

	share_read(l, s);
	err = strings_send(to, &l->cells, &l->bad);
	process_end(err ? 1 : 0);
}

/* Without one we do it ourselves. @others: processors that are not ours, where it is to be. */
static void helper_begin(struct listing *l, struct share *s, const cpu_set_t *others)
{
	auto_fd int to = -1;
	auto_err struct err *err = NULL;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	s->from = fds[0];
	to = fds[1];
	err = process_clone(0, -1, &s->helper, NULL);
	if (!err && !s->helper)
		helper_do(l, s, to);
	if (err)
		s->helper = 0;
	else
		(void)sched_setaffinity(s->helper, sizeof(*others), others);
}

static bool helper_hear(struct listing *l, const struct share *s)
{
	char *text = NULL;
	size_t size;
	int status;
	auto_err struct err *err = child_hear(s->helper, s->from, &text, &size, &status);

	if (text)
		arena_own(l->arena, text);
	if (err || status)
		return false;
	strings_take(l, text, size);
	return true;
}

/* *others: the processors that we may use, but for the one that we are on. */
static size_t shares_count(size_t containers, cpu_set_t *others)
{
	size_t n = containers / SHARE_MIN, processors;
	int here = sched_getcpu();

	if (n < 2 || here < 0 || sched_getaffinity(0, sizeof(*others), others) < 0)
		return 1;
	CPU_CLR((size_t)here, others);
	processors = (size_t)CPU_COUNT(others) + 1;
	if (n > processors)
		n = processors;
	return n > HELPERS + 1 ? HELPERS + 1 : n;
}

/* In the order of their names, whoever asks: the first share is ours. */
static void shares_read(struct listing *l, const names *ids)
{
	struct share shares[HELPERS + 1];
	cpu_set_t others;
	size_t n = shares_count(ids->n, &others);

	for (size_t i = 0; i < n; i++) {
		size_t from = ids->n * i / n, to = ids->n * (i + 1) / n;

		shares[i] = (struct share){ ids->v + from, to - from, 0, -1 };
		if (i > 0)
			helper_begin(l, &shares[i], &others);
	}
	for (size_t i = 0; i < n; i++) {
		if (!shares[i].helper || !helper_hear(l, &shares[i]))
			share_read(l, &shares[i]);
		if (shares[i].from >= 0)
			close(shares[i].from);
	}
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
	names ids = { 0 };
	struct err *err = ids_read(l->arena, l->h, &l->root, &ids);

	fd = l->root.fd;
	l->facts = (struct facts){ l->arena, ids.n ? boot_id(l->arena) : "", { -1, "" } };
	shares_read(l, &ids);
	facts_close(&l->facts);
	for_each (why, &l->bad)
		l->h->warn(*why);
	return err;
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

typedef struct err *lister(struct arena *a, const struct hull *h, char **text);

static struct err *list_table(struct arena *a, const struct hull *h, char **text)
{
	struct listing l = { .h = h, .arena = a, .add = table_add };
	struct err *err = listing_read(&l);

	*text = err ? NULL : table_text(&l.cells);
	return err;
}

static struct err *list_json(struct arena *a, const struct hull *h, char **text)
{
	struct listing l = { .h = h, .arena = a, .add = json_add };
	struct err *err = listing_read(&l);

	*text = err ? NULL : array_text(&l.cells);
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
	static lister *const forms[] = {
		[HULL_LIST_TABLE] = list_table,
		[HULL_LIST_JSON] = list_json,
		[HULL_LIST_IDS] = list_ids,
	};
	auto_arena struct arena a = { 0 };
	struct err *err = forms[form](&a, h, text);

	return err ? err_set(err_add(err, "list"), ERR_VERB, "list") : NULL;
}
