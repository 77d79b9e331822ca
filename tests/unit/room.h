/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

/*
 * One room of the planner on a piece of a configuration. JSON is written with
 * ' for ", and may leave out what the room does not read: missing members are
 * somebody else's finding. To be included behind cmocka.h.
 */
#include <string.h>

#include "../../lib/plan/rooms.h"

struct room {
	struct arena arena;
	struct config config;
	struct request request;
	struct host host;
	findings found;
	struct plan plan;
	struct planner p;
};

static inline void room_open(struct room *r, const char *json)
{
	char *text;
	struct err *err;

	*r = (struct room){
		.host = { .init_userns = true, .cgroup_root = "/sys/fs/cgroup", .last_cap = 40 },
	};
	text = arena_strdup(&r->arena, json);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	err = json_parse(&r->arena, "config.json", text, strlen(text), &r->config.doc);
	if (err)
		fail_msg("%s in %s", err_text(err), text);
	json_decode(&r->arena, &r->config.doc, &type_oci_spec, &r->config.spec, &r->found);
	r->found.n = 0;
	r->plan.doc = &r->config.doc;
	r->plan.spec = &r->config.spec;
	r->p = (struct planner){ &r->arena, &r->config, &r->request, &r->host, &r->found, &r->plan };
}

static inline void room_close(struct room *r)
{
	arena_free(&r->arena);
}

/* Exactly one finding, at this place, with this in its text; "" for none. */
static inline void room_expect(const struct room *r, const char *pointer, const char *text,
			       bool warning)
{
	const struct finding *f = r->found.v;

	if (!*text) {
		if (r->found.n)
			fail_msg("%s: not expected: %s", f->pointer, f->text);
		return;
	}
	if (!r->found.n)
		fail_msg("nothing found, expected: %s: %s", pointer, text);
	assert_string_equal(f->pointer, pointer);
	if (!strstr(f->text, text))
		fail_msg("%s is not in: %s", text, f->text);
	assert_int_equal(f->warning, warning);
	if (r->found.n > 1)
		fail_msg("not expected: %s: %s", f[1].pointer, f[1].text);
}

/* A row of a test: a configuration and its one finding. */
struct room_case { const char *json, *pointer, *text; };

static inline void room_refuses(void (*room)(struct planner *p), const struct room_case *c,
				bool warning)
{
	for (; c->json; c++) {
		struct room r;

		room_open(&r, c->json);
		room(&r.p);
		room_expect(&r, c->pointer, c->text, warning);
		room_close(&r);
	}
}

#endif
