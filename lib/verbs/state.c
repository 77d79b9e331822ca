/* SPDX-License-Identifier: Apache-2.0 */
/* state and list: what there is. Neither takes a lock, so hooks may call them. */
#include "verbs.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* The document, as things are now. */
static void state_read(struct arena *a, const struct record *r, struct oci_state *doc)
{
	enum status status = record_status(r);

	record_state(a, r, status_names[status], status == STATUS_STOPPED ? 0 : r->pid, doc);
}

static struct err *state(const struct hull *h, const char *id, char **json)
{
	auto_arena struct arena a = { 0 };
	struct record record = { 0 };
	struct oci_state doc;
	struct err *err = record_find(&a, h, id, &record);

	if (err)
		return err;
	state_read(&a, &record, &doc);
	*json = json_encode(&type_oci_state, &doc, JSON_INDENT);
	return NULL;
}

struct err *hull_state(const struct hull *h, const char *id, char **json)
{
	return verb_failed(state(h, id, json), "state", id);
}

/* ---- list ---- */

enum { COLUMNS = 6, SPACE = 3 };

/* A line of the table. */
struct row {
	const char *cell[COLUMNS];
};

/* What is asked once for all containers, and what has come of them. */
struct listing {
	const struct hull *h;
	struct arena *arena;		/* of what stays until the end */
	struct facts facts;
	uint32_t uid;			/* the last owner */
	const char *owner;		/* whose name that is; NULL: there was none yet */
	void (*add)(struct listing *l, struct arena *a, const struct record *r);
	LIST(struct row) rows;		/* of the table */
	FILE *json;			/* of the other form */
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

static void table_add(struct listing *l, struct arena *a, const struct record *r)
{
	enum status status = record_status(r);
	char pid[16];

	(void)a;
	snprintf(pid, sizeof(pid), "%d", status == STATUS_STOPPED ? 0 : r->pid);
	*list_add(l->arena, &l->rows) = (struct row){ {
		arena_strdup(l->arena, r->id),
		arena_strdup(l->arena, pid),
		status_names[status],
		arena_strdup(l->arena, r->bundle),
		arena_strdup(l->arena, r->created),
		owner_of(l, r->uid),
	} };
}

/* An array of state documents. */
static void json_add(struct listing *l, struct arena *a, const struct record *r)
{
	auto_free char *text = NULL;
	struct oci_state doc;

	state_read(a, r, &doc);
	doc.owner = arena_strdup(a, owner_of(l, r->uid));
	text = json_encode(&type_oci_state, &doc, JSON_COMPACT);
	fputc(ftell(l->json) ? ',' : '[', l->json);
	fputs(text, l->json);
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

static struct err *one_add(struct listing *l, const struct dir *root, const char *id)
{
	auto_arena struct arena a = { 0 };
	struct record record = { 0 };
	struct err *err = record_peek(&a, root, id, &record);

	if (err)
		return err;
	record.facts = &l->facts;
	l->add(l, &a, &record);
	return NULL;
}

/* One that cannot be read is no reason to hide the others; one that just went is no news. */
static struct err *listing_read(struct listing *l)
{
	auto_fd int fd = -1;
	struct dir root = { .fd = -1 };
	names ids = { 0 };
	struct err *err = ids_read(l->arena, l->h, &root, &ids);

	fd = root.fd;
	l->facts = (struct facts){ l->arena, ids.n ? boot_id(l->arena) : "", "" };
	for_each (id, &ids) {
		auto_err struct err *bad = one_add(l, &root, *id);

		if (bad && err_code(bad) != ENOENT)
			l->h->warn(err_text(bad));
	}
	return err;
}

static char *row_put(char *to, const struct row *row, const size_t *width)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t len = strlen(row->cell[i]);

		to = mempcpy(to, row->cell[i], len);
		if (i < COLUMNS - 1) {
			memset(to, ' ', width[i] - len);
			to += width[i] - len;
		}
	}
	*to++ = '\n';
	return to;
}

static char *table_text(const struct listing *l)
{
	static const struct row head = { { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	size_t width[COLUMNS] = { 12, 12, 12, 12, 12, 12 }, line = 1;
	char *text, *end;

	for_each (row, &l->rows)
		for (size_t i = 0; i < COLUMNS; i++)
			if (strlen(row->cell[i]) + SPACE > width[i])
				width[i] = strlen(row->cell[i]) + SPACE;
	for (size_t i = 0; i < COLUMNS; i++)
		line += width[i];
	text = xmalloc((l->rows.n + 1) * line + 1);
	end = row_put(text, &head, width);
	for_each (row, &l->rows)
		end = row_put(end, row, width);
	*end = 0;
	return text;
}

typedef struct err *lister(struct arena *a, const struct hull *h, char **text);

static struct err *list_table(struct arena *a, const struct hull *h, char **text)
{
	struct listing l = { .h = h, .arena = a, .add = table_add };
	struct err *err = listing_read(&l);

	*text = err ? NULL : table_text(&l);
	return err;
}

/* null when there are none, as runc writes it. */
static struct err *list_json(struct arena *a, const struct hull *h, char **text)
{
	size_t size;
	struct listing l = {
		.h = h,
		.arena = a,
		.add = json_add,
		.json = open_memstream(text, &size),
	};
	struct err *err;

	if (!l.json)
		abort();
	err = listing_read(&l);
	fputs(ftell(l.json) ? "]\n" : "null\n", l.json);
	if (fclose(l.json))
		abort();
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
