/* SPDX-License-Identifier: Apache-2.0 */
/* state and list: what there is. Neither takes a lock, so hooks may call them. */
#include "verbs.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static struct err *state(const struct hull *h, const char *id, char **json)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	struct record record = { 0 };
	struct oci_state doc;
	enum status status;
	struct err *err = container_open(&a, h, id, false, &store, &record);

	if (err)
		return err;
	status = record_status(&record);
	record_state(&a, &record, status_names[status], status == STATUS_STOPPED ? 0 : record.pid, &doc);
	*json = json_encode(&type_oci_state, &doc, JSON_INDENT);
	return NULL;
}

struct err *hull_state(const struct hull *h, const char *id, char **json)
{
	return verb_failed(state(h, id, json), "state", id);
}

struct row {
	struct oci_state doc;
	uint32_t uid;
	pid_t pid;
};

typedef LIST(struct row) rows;

/* Most belong to one user, whom the name service need not be asked about again. */
static char *owner_of(struct arena *a, uint32_t uid, const rows *before)
{
	const struct row *last = before->n ? &before->v[before->n - 1] : NULL;
	const struct passwd *pw = last && last->uid == uid ? NULL : getpwuid(uid);

	if (last && last->uid == uid)
		return last->doc.owner;
	return pw ? arena_strdup(a, pw->pw_name) : arena_printf(a, "#%u", uid);
}

static struct err *row_add(struct arena *a, const struct hull *h, const char *id,
			   const char *this_boot, rows *list)
{
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	struct record record = { 0 };
	struct err *err = container_open(a, h, id, false, &store, &record);
	enum status status;
	struct row *row;
	char *owner;

	if (err)
		return err;
	record.this_boot = this_boot;
	status = record_status(&record);
	owner = owner_of(a, record.uid, list);
	row = list_add(a, list);
	row->uid = record.uid;
	row->pid = status == STATUS_STOPPED ? 0 : record.pid;
	record_state(a, &record, status_names[status], row->pid, &row->doc);
	row->doc.owner = owner;
	return NULL;
}

static struct err *ids_read(struct arena *a, const struct hull *h, names *ids)
{
	const char *root = root_of(a, h);
	struct err *err = store_list(a, root, ids);

	if (!err && h->root && !path_exists(root))
		return err_new(ENOENT, "%s: no such directory", root);
	return err;
}

/* One that cannot be read is no reason to hide the others; one that just went is no news. */
static struct err *rows_read(struct arena *a, const struct hull *h, rows *list)
{
	names ids = { 0 };
	struct err *err = ids_read(a, h, &ids);
	const char *this_boot = boot_id(a);

	for_each (id, &ids) {
		auto_err struct err *bad = row_add(a, h, *id, this_boot, list);

		if (bad && err_code(bad) != ENOENT)
			h->warn(err_text(bad));
	}
	return err;
}

static void print_table(FILE *f, const rows *list)
{
	static const char *const heads[] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
	int width[] = { 12, 12, 12, 12, 12 };

	for_each (r, list) {
		const char *cell[] = { r->doc.id, "", r->doc.status, r->doc.bundle, r->doc.created };

		for (size_t i = 0; i < countof(cell); i++)
			if ((int)strlen(cell[i]) + 3 > width[i])
				width[i] = (int)strlen(cell[i]) + 3;
	}
	for (size_t i = 0; i < countof(width); i++)
		fprintf(f, "%-*s", width[i], heads[i]);
	fprintf(f, "%s\n", heads[countof(width)]);
	for_each (r, list)
		fprintf(f, "%-*s%-*d%-*s%-*s%-*s%s\n", width[0], r->doc.id, width[1], r->pid,
			width[2], r->doc.status, width[3], r->doc.bundle, width[4],
			r->doc.created, r->doc.owner);
}

/* An array of state documents; null when there are none, as runc writes it. */
static void print_json(FILE *f, const rows *list)
{
	for_each (r, list) {
		auto_free char *text = json_encode(&type_oci_state, &r->doc, JSON_COMPACT);

		fprintf(f, "%c%s", r == list->v ? '[' : ',', text);
	}
	fprintf(f, list->n ? "]\n" : "null\n");
}

/* Of those that have a record: nothing in it needs to be read for that. */
static struct err *print_ids(struct arena *a, const struct hull *h, FILE *f)
{
	names ids = { 0 };
	struct err *err = ids_read(a, h, &ids);

	for_each (id, &ids)
		if (path_exists(arena_printf(a, "%s/%s/state.json", root_of(a, h), *id)))
			fprintf(f, "%s\n", *id);
	return err;
}

struct err *hull_list(const struct hull *h, enum hull_list_form form, char **text)
{
	auto_arena struct arena a = { 0 };
	rows list = { 0 };
	size_t size;
	FILE *f = open_memstream(text, &size);
	struct err *err;

	if (!f)
		abort();
	err = form == HULL_LIST_IDS ? print_ids(&a, h, f) : rows_read(&a, h, &list);
	if (!err && form == HULL_LIST_TABLE)
		print_table(f, &list);
	if (!err && form == HULL_LIST_JSON)
		print_json(f, &list);
	if (fclose(f))
		abort();
	return err ? err_set(err_add(err, "list"), ERR_VERB, "list") : NULL;
}
