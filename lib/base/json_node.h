/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_NODE_H
#define BASE_JSON_NODE_H

#include "hull/json.h"

/*
 * What json.c, fields.c and finding.c share: the document as a flat list of
 * its values in the order of the text. The children of a value follow it
 * immediately, so a subtree is a range; parents are indexes, not pointers,
 * because the list moves while it grows. No text is longer than 4 GiB.
 */
enum node_kind { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_STRING, NODE_OBJECT, NODE_LIST };

struct json_node {
	const char *key;	/* of a member of an object; NULL for others */
	const char *text;	/* a string's characters; a number or boolean as it is written */
	const void *at;		/* the C value that it became; NULL if none */
	uint32_t offset;	/* in the text, right behind its (first) token */
	uint32_t parent;	/* index; of the whole: 0 */
	uint32_t n;		/* children */
	uint32_t end;		/* index behind the last value within */
	enum node_kind kind;
};

#define for_each_child(c, doc, up) \
	for (struct json_node *c = (doc)->node + ((up) - (doc)->node) + 1; \
	     c < (doc)->node + (up)->end; c = (doc)->node + c->end)

typedef LIST(char) any_list;	/* any LIST: a pointer and a count */

/* The row of the table for a name; NULL if it has none. */
const struct field *field_of(const struct type *t, const char *key);

/* The member of an object in the document; NULL if it has none. */
const struct json_node *member_of(const struct json_doc *doc, const struct json_node *node,
				  const char *name);

/* Where the token begins that ends before @end. */
size_t json_token(const struct json_doc *doc, size_t end);

/* A finding about a place in the text that is no value. */
void finding_syntax(struct arena *a, findings *found, const struct json_doc *doc, size_t offset,
		    const char *fmt, ...) PRINTF(5, 6);

/* A finding about a value, or about a member that it does not have. */
void finding_node(struct arena *a, findings *found, const struct json_doc *doc,
		  const struct json_node *node, const char *member, bool warning,
		  const char *fmt, ...) PRINTF(7, 8);

/* ---- writing: the calls must come in the order of the text ---- */

struct json_writer {
	struct yajl_gen_t *gen;
};

struct json_writer writer_new(enum json_style style);
void write_open(struct json_writer *w, char bracket);	/* '{' or '[' */
void write_close(struct json_writer *w, char bracket);	/* the same again */
void write_str(struct json_writer *w, const char *s);	/* a string or a name */
void write_raw(struct json_writer *w, const char *json);	/* a value that is JSON already */
char *writer_done(struct json_writer *w);		/* the text, allocated */

#endif
