/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SHEET_H
#define PLAN_SHEET_H

#include <stdio.h>

#include "hull/plan.h"

/*
 * A sheet of lines for people or programs: each line is one action with its
 * facts and the place of the configuration that asks for it.
 *
 *	mount kind=bind source=/a target=/b attributes=ro,nosuid	# config.json:9:5 /mounts/0
 *	{"action":"mount","kind":"bind",…,"pointer":"/mounts/0","where":"config.json:9:5"}
 *
 * Absent facts (NULL, false) are left out.
 */
struct sheet {
	FILE *out;
	bool json;
	const struct json_doc *doc;	/* of the lines to come */
	const struct json_doc *place;
	const void *from;		/* of the line that is being written, and its member */
	const char *member;
	const char *list;		/* key of the list that is being written */
	size_t lines;
};

/* Ends the line before. @from may be NULL. */
void sheet_line(struct sheet *s, const char *action, const void *from, const char *member);
void sheet_text(struct sheet *s, const char *key, const char *value);
void sheet_format(struct sheet *s, const char *key, const char *fmt, ...) PRINTF(3, 4);
void sheet_number(struct sheet *s, const char *key, long long value);
void sheet_flag(struct sheet *s, const char *key, bool value);

/* One more item of list @key; the items of a list follow each other. */
void sheet_item(struct sheet *s, const char *key, const char *value);
void sheet_end(struct sheet *s);

#endif
