/* SPDX-License-Identifier: Apache-2.0 */
/* state: what a container is doing. It takes no lock, so hooks may call it. */
#include "verbs.h"

void state_read(struct arena *a, const struct record *r, enum status status, struct oci_state *doc)
{
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
	state_read(&a, &record, record_status(&record), &doc);
	*json = json_encode(&type_oci_state, &doc, JSON_INDENT);
	return NULL;
}

struct err *hull_state(const struct hull *h, const char *id, char **json)
{
	return verb_failed(state(h, id, json), "state", id);
}
