/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C to text, by the tables of fields; and what a document has beside them,
 * as far as the C values are still those that were decoded from it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hull/json.h"

#include "json_node.h"

struct encode {
	struct json_writer writer;
	const struct json_doc *doc;	/* or NULL */
};

static uint64_t int_get(const struct type *t, const void *from)
{
	switch (t->size) {
	case sizeof(uint16_t):
		return *(const uint16_t *)from;
	case sizeof(uint32_t):
		return t->is_signed ? (uint64_t)*(const int32_t *)from : *(const uint32_t *)from;
	default:
		return *(const uint64_t *)from;
	}
}

/* ---- what the tables do not know ---- */

const struct field *field_of(const struct type *t, const char *key)
{
	for (const struct field *f = t->fields; f->key; f++)
		if (!strcmp(f->key, key))
			return f;
	return NULL;
}

static void write_node(struct encode *e, const struct json_node *node)
{
	char bracket = node->kind == NODE_OBJECT ? '{' : '[';

	if (node->kind == NODE_STRING) {
		write_str(&e->writer, node->text);
		return;
	}
	if (node->kind != NODE_OBJECT && node->kind != NODE_LIST) {
		write_raw(&e->writer, node->text);
		return;
	}
	write_open(&e->writer, bracket);
	for_each_child(child, e->doc, node) {
		if (child->key)
			write_str(&e->writer, child->key);
		write_node(e, child);
	}
	write_close(&e->writer, bracket);
}

static bool has_unknown(const struct encode *e, const struct type *t, const struct json_node *node)
{
	if (!node)
		return false;
	for_each_child(child, e->doc, node)
		if (!field_of(t, child->key))
			return true;
	return false;
}

static void write_unknown(struct encode *e, const struct type *t, const struct json_node *node)
{
	if (!node)
		return;
	for_each_child(child, e->doc, node) {
		if (field_of(t, child->key))
			continue;
		write_str(&e->writer, child->key);
		write_node(e, child);
	}
}

/* The object from which the one at @from was decoded; NULL if it is another one by now. */
static const struct json_node *same(const struct json_node *node, const void *from)
{
	return node && node->kind == NODE_OBJECT && node->at == from ? node : NULL;
}

/* ---- what they know; @node: where the value came from, or NULL ---- */

static void encode_value(struct encode *e, const struct type *t, const void *from,
			 const struct json_node *node);
static bool is_empty(const struct type *t, const void *from);

static void encode_int(struct encode *e, const struct type *t, const void *from)
{
	uint64_t value = int_get(t, from);
	char text[24];

	if (t->is_signed)
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)value);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	write_raw(&e->writer, text);
}

/* The shortest that is read as the same again; JSON has no infinity. */
static void encode_number(struct encode *e, const double *from)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", *from);
	if (strtod(text, NULL) != *from)
		snprintf(text, sizeof(text), "%.17g", *from);
	write_raw(&e->writer, isfinite(*from) ? text : "null");
}

static bool is_zero(const struct type *t, const void *from)
{
	switch (t->kind) {
	case JSON_STR:
		return !*(char *const *)from;
	case JSON_BOOL:
		return !*(const bool *)from;
	case JSON_NUMBER:
		return *(const double *)from == 0;
	case JSON_INT:
		return !int_get(t, from);
	case JSON_OBJECT:
		break;
	}
	return is_empty(t, from);
}

static bool is_absent(const struct field *f, const void *from)
{
	if (f->shape == JSON_LIST || f->shape == JSON_MAP)
		return !((const any_list *)from)->v;
	if (f->shape == JSON_POINTER)
		return !*(void *const *)from;
	return is_zero(f->type, from);
}

/* The value behind @at in its list or map @node; NULL at the end. null is no entry of a map. */
static const struct json_node *after(const struct encode *e, const struct json_node *node,
				     const struct json_node *at)
{
	const struct json_node *end = e->doc->node + node->end;

	at = at == node ? node + 1 : e->doc->node + at->end;
	while (at < end && at->kind == NODE_NULL)
		at = e->doc->node + at->end;
	return at < end ? at : NULL;
}

/* @node: the list. Its items are where they were in it, or new. */
static void encode_list(struct encode *e, const struct field *f, const any_list *list,
			const struct json_node *node)
{
	const struct type *t = f->type;
	bool map = f->shape == JSON_MAP;
	const struct json_node *place = node;

	if (!list->n) {			/* yajl would spread it over three lines */
		write_raw(&e->writer, map ? "{}" : "[]");
		return;
	}
	write_open(&e->writer, map ? '{' : '[');
	for (size_t i = 0; i < list->n; i++) {
		const char *item = list->v + i * t->size;

		place = place ? after(e, node, place) : NULL;
		if (map)
			write_str(&e->writer, *(char *const *)item);
		encode_value(e, t->value ? t->value : t, item + t->value_at, place);
	}
	write_close(&e->writer, map ? '{' : '[');
}

static bool is_written(const struct field *f, const char *from)
{
	if (f->flags & ALIAS)
		return false;
	if (f->flags & OR_NULL)
		return true;
	return !is_absent(f, from + f->offset) || (f->flags & REQUIRED && f->shape != JSON_POINTER);
}

static bool is_empty(const struct type *t, const void *from)
{
	for (const struct field *f = t->fields; f->key; f++)
		if (is_written(f, from))
			return false;
	return true;
}

static void encode_object(struct encode *e, const struct type *t, const char *from,
			  const struct json_node *node)
{
	if (is_empty(t, from) && !has_unknown(e, t, node)) {
		write_raw(&e->writer, "{}");
		return;
	}
	write_open(&e->writer, '{');
	for (const struct field *f = t->fields; f->key; f++) {
		const void *member = from + f->offset;
		const struct json_node *child = node ? member_of(e->doc, node, f->key) : NULL;

		if (!is_written(f, from))
			continue;
		write_str(&e->writer, f->key);
		if (f->flags & OR_NULL && is_absent(f, member))
			write_raw(&e->writer, "null");
		else if (f->shape == JSON_LIST || f->shape == JSON_MAP)
			encode_list(e, f, member, child);
		else
			encode_value(e, f->type, f->shape == JSON_POINTER ?
				     *(void *const *)member : member, child);
	}
	write_unknown(e, t, node);
	write_close(&e->writer, '{');
}

static void encode_value(struct encode *e, const struct type *t, const void *from,
			 const struct json_node *node)
{
	switch (t->kind) {
	case JSON_OBJECT:
		encode_object(e, t, from, same(node, from));
		break;
	case JSON_INT:
		encode_int(e, t, from);
		break;
	case JSON_NUMBER:
		encode_number(e, from);
		break;
	case JSON_BOOL:
		write_raw(&e->writer, *(const bool *)from ? "true" : "false");
		break;
	case JSON_STR:
		write_str(&e->writer, *(char *const *)from ? *(char *const *)from : "");
		break;
	}
}

char *json_encode(const struct type *t, const void *from, enum json_style style)
{
	struct encode e = { .writer = writer_new(style) };

	encode_value(&e, t, from, NULL);
	return writer_done(&e.writer);
}

char *json_encode_over(const struct json_doc *doc, const struct type *t, const void *from,
		       enum json_style style)
{
	struct encode e = { writer_new(style), doc };

	encode_value(&e, t, from, doc->node);
	return writer_done(&e.writer);
}
