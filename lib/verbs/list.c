/* SPDX-License-Identifier: Apache-2.0 */
/* list: what there is. It takes no lock, so hooks may call it. */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "hull/fd.h"

#include "parts.h"

enum {
	COLUMNS = 6, /* of the table, */
	SPACE = 3,   /* and between them */
};

/* What is asked once for all containers, and what has come of them. */
struct listing {
	const struct hull *h;
	struct arena *arena;		/* of what stays until the end */
	struct dir root;
	struct facts facts;
	uint32_t uid;			/* the last owner */
	const char *owner;		/* whose name that is; NULL: there was none yet */
	struct err *(*read)(struct listing *l, struct arena *a, const char *id, names *found);
	names ids;
	struct parts parts;
	names found; /* of all: cells of the table, COLUMNS a line; or documents */
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

static enum status status_of(const struct record *r)
{
	enum status status;

	return record_seen(r, &status) ? status : record_status(r);
}

static struct err *record_of(struct listing *l, struct arena *a, const char *id, struct record *r)
{
	struct err *err = record_peek(a, &l->root, id, r);

	r->facts = &l->facts;
	return err;
}

/* Most containers run: then all that the table shows is in their briefs, and in their cgroups. */
static struct err *table_read(struct listing *l, struct arena *a, const char *id, names *found)
{
	struct record r = { 0 };
	bool brief = record_brief(a, &l->root, id, &r);
	enum status status;
	struct err *err;

	r.facts = &l->facts;
	if (!brief || !record_seen(&r, &status)) {
		err = record_of(l, a, id, &r);
		if (err)
			return err;
		status = status_of(&r);
	}
	*list_add(l->arena, found) = (char *)id;
	*list_add(l->arena, found) =
		arena_printf(l->arena, "%d", status == STATUS_STOPPED ? 0 : r.pid);
	*list_add(l->arena, found) = (char *)status_names[status];
	*list_add(l->arena, found) = arena_strdup(l->arena, r.bundle);
	*list_add(l->arena, found) = arena_strdup(l->arena, r.created);
	*list_add(l->arena, found) = (char *)owner_of(l, r.uid);
	return NULL;
}

static struct err *json_read(struct listing *l, struct arena *a, const char *id, names *found)
{
	auto_free char *text = NULL;
	struct record r = { 0 };
	struct oci_state doc;
	struct err *err = record_of(l, a, id, &r);

	if (err)
		return err;
	state_read(a, &r, status_of(&r), &doc);
	doc.owner = arena_strdup(a, owner_of(l, r.uid));
	text = json_encode(&type_oci_state, &doc, JSON_COMPACT);
	*list_add(l->arena, found) = arena_strdup(l->arena, text);
	return NULL;
}

/* One that cannot be read is no reason to hide the others; one that just went is no news. */
static void one_look(void *data, size_t i, struct part *part)
{
	auto_arena struct arena a = { 0 };
	struct listing *l = data;
	auto_err struct err *err = l->read(l, &a, l->ids.v[i], &part->found);

	if (err && err_code(err) != ENOENT)
		*list_add(l->arena, &part->bad) = arena_strdup(l->arena, err_text(err));
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
	l->parts = (struct parts){ l->arena, l->ids.n, one_look, l };
	parts_do(&l->parts);
	facts_close(&l->facts);
	for (size_t i = 0; i < l->parts.n; i++) {
		for_each (text, &l->parts.part[i].found)
			*list_add(l->arena, &l->found) = *text;
		for_each (why, &l->parts.part[i].bad)
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
	struct err *(*read)(struct listing *l, struct arena *a, const char *id, names *found);
	char *(*text)(const names *found);
} forms[] = {
	[HULL_LIST_TABLE] = { table_read, table_text },
	[HULL_LIST_JSON] = { json_read, array_text },
};

static struct err *list_asked(struct arena *a, const struct hull *h, const struct form *form,
			      char **text)
{
	struct listing l = { .h = h, .arena = a, .root.fd = -1, .read = form->read };
	struct err *err = listing_read(&l);

	*text = err ? NULL : form->text(&l.found);
	parts_end(&l.parts);
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
