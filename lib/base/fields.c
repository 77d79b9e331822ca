/* SPDX-License-Identifier: Apache-2.0 */
/* The engine behind the tables of fields: document to C and C to text. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hull/json.h"
#include "hull/str.h"

#include "json_node.h"

#define INT(bits) { .name = "int" #bits, .kind = JSON_INT, .size = bits / 8, .is_signed = true }
#define UINT(bits) { .name = "uint" #bits, .kind = JSON_INT, .size = bits / 8 }

const struct type type_str = { .name = "string", .kind = JSON_STR, .size = sizeof(char *) };
const struct type type_bool = { .name = "boolean", .kind = JSON_BOOL, .size = sizeof(bool) };
const struct type type_i32 = INT(32), type_i64 = INT(64);
const struct type type_u16 = UINT(16), type_u32 = UINT(32), type_u64 = UINT(64);

/* In a map only: the name goes to the key, a string to the value. */
const struct type type_json_pair = { .name = "string", .kind = JSON_STR,
				     .size = sizeof(struct json_pair) };

typedef LIST(char) any_list;		/* any LIST: a pointer and a count */

/* ---- integers of any width ---- */

static void int_set(void *to, size_t size, uint64_t value)
{
	switch (size) {
	case sizeof(uint16_t):
		*(uint16_t *)to = (uint16_t)value;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)to = (uint32_t)value;
		break;
	default:
		*(uint64_t *)to = value;
	}
}

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

/* ---- decode ---- */

struct decode {
	struct arena *arena;
	struct json_doc *doc;
	findings *found;
};

static void decode_value(struct decode *d, struct json_node *node, const struct type *t, void *to);

static void complain(struct decode *d, const struct json_node *node, const char *what,
		     const char *of)
{
	finding_node(d->arena, d->found, d->doc, node, NULL, false, "%s%s", what, of);
}

/* From the text: a double would lose what is above 2^53, as limits of 2^64-1 are. */
static void decode_int(struct decode *d, const struct json_node *node, const struct type *t,
		       void *to)
{
	unsigned unused = 64 - 8 * (unsigned)t->size;
	uint64_t value;
	bool fits;

	if (node->kind != NODE_NUMBER || strpbrk(node->text, ".eE")) {
		complain(d, node, "expected ", t->name);
		return;
	}
	errno = 0;
	if (t->is_signed) {
		int64_t n = strtoll(node->text, NULL, 10);

		fits = n <= INT64_MAX >> unused && n >= INT64_MIN >> unused;
		value = (uint64_t)n;
	} else {
		value = strtoull(node->text, NULL, 10);
		fits = *node->text != '-' && value <= UINT64_MAX >> unused;
	}
	if (errno || !fits)
		complain(d, node, "out of range for ", t->name);
	else
		int_set(to, t->size, value);
}

static void decode_list(struct decode *d, struct json_node *node, const struct type *t,
			any_list *list)
{
	if (node->kind != NODE_LIST) {
		complain(d, node, "expected a list", "");
		return;
	}
	list->v = arena_alloc(d->arena, node->n + 1, t->size);
	for_each_child(item, d->doc, node)
		decode_value(d, item, t, list->v + list->n++ * t->size);
}

static void decode_map(struct decode *d, struct json_node *node, const struct type *t,
		       any_list *list)
{
	bool pair = t == &type_json_pair;

	if (node->kind != NODE_OBJECT) {
		complain(d, node, "expected an object", "");
		return;
	}
	list->v = arena_alloc(d->arena, node->n + 1, t->size);
	for_each_child(entry, d->doc, node) {
		char *item = list->v + list->n * t->size;

		if (entry->kind == NODE_NULL)
			continue;
		list->n++;
		*(const char **)item = entry->key;
		decode_value(d, entry, t, pair ? item + offsetof(struct json_pair, value) : item);
		entry->at = item;
	}
}

static void decode_field(struct decode *d, struct json_node *node, const struct field *f, void *to)
{
	switch (f->shape) {
	case JSON_LIST:
		node->at = to;
		decode_list(d, node, f->type, to);
		break;
	case JSON_MAP:
		node->at = to;
		decode_map(d, node, f->type, to);
		break;
	case JSON_POINTER:
		*(void **)to = arena_alloc(d->arena, 1, f->type->size);
		decode_value(d, node, f->type, *(void **)to);
		break;
	case JSON_PLAIN:
		decode_value(d, node, f->type, to);
		break;
	}
}

static const struct field *field_of(const struct type *t, const char *key)
{
	for (const struct field *f = t->fields; f->key; f++)
		if (!strcmp(f->key, key))
			return f;
	return NULL;
}

/* config.md, "Extensibility": an unknown name is no error. A slip of the pen deserves a word. */
static void unknown_check(struct decode *d, const struct json_node *node, const struct type *t)
{
	for (const struct field *f = t->fields; f->key; f++) {
		if (!str_misspelt(node->key, f->key))
			continue;
		finding_node(d->arena, d->found, d->doc, node, NULL, true,
			     "unknown name \"%s\"; did you mean \"%s\"?", node->key, f->key);
		return;
	}
}

static void decode_object(struct decode *d, struct json_node *node, const struct type *t, void *to)
{
	uint64_t seen = 0;		/* bit n: field n */

	if (node->kind != NODE_OBJECT) {
		complain(d, node, "expected an ", t->name);
		return;
	}
	for_each_child(member, d->doc, node) {
		const struct field *f = field_of(t, member->key);

		if (!f) {
			unknown_check(d, member, t);
		} else if (member->kind != NODE_NULL) {
			decode_field(d, member, f, (char *)to + f->offset);
			seen |= UINT64_C(1) << (f - t->fields);
		}
	}
	for (const struct field *f = t->fields; f->key; f++)
		if (f->flags & REQUIRED && !(seen & UINT64_C(1) << (f - t->fields)))
			finding_node(d->arena, d->found, d->doc, node, f->key, false, "missing");
}

static void decode_value(struct decode *d, struct json_node *node, const struct type *t, void *to)
{
	node->at = to;
	switch (t->kind) {
	case JSON_OBJECT:
		decode_object(d, node, t, to);
		break;
	case JSON_INT:
		decode_int(d, node, t, to);
		break;
	case JSON_BOOL:
		if (node->kind == NODE_BOOL)
			*(bool *)to = *node->text == 't';
		else
			complain(d, node, "expected a ", t->name);
		break;
	case JSON_STR:
		if (node->kind == NODE_STRING)
			*(const char **)to = node->text;
		else
			complain(d, node, "expected ", t->name);
		break;
	}
}

void json_decode(struct arena *a, struct json_doc *doc, const struct type *t, void *to,
		 findings *found)
{
	struct decode d = { a, doc, found };

	decode_value(&d, doc->node, t, to);
}

struct err *json_load(struct arena *a, const char *name, const char *text, size_t size,
		      const struct type *t, void *to)
{
	struct json_doc doc;
	findings found = { 0 };

	if (json_scan(a, name, text, size, &doc, &found))
		json_decode(a, &doc, t, to, &found);
	return findings_error(&found, name);
}

/* ---- encode ---- */

static void encode_value(struct json_writer *w, const struct type *t, const void *from);

static void encode_int(struct json_writer *w, const struct type *t, const void *from)
{
	uint64_t value = int_get(t, from);
	char text[24];

	if (t->is_signed)
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)value);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	write_raw(w, text);
}

static bool is_absent(const struct field *f, const void *from)
{
	if (f->shape == JSON_LIST || f->shape == JSON_MAP)
		return !((const any_list *)from)->v;
	if (f->shape == JSON_POINTER || f->type->kind == JSON_STR)
		return !*(void *const *)from;
	return f->type->kind == JSON_BOOL ? !*(const bool *)from : !int_get(f->type, from);
}

static void encode_list(struct json_writer *w, const struct field *f, const any_list *list)
{
	bool map = f->shape == JSON_MAP, pair = f->type == &type_json_pair;

	if (!list->n) {			/* yajl would spread it over three lines */
		write_raw(w, map ? "{}" : "[]");
		return;
	}
	write_open(w, map ? '{' : '[');
	for (size_t i = 0; i < list->n; i++) {
		const char *item = list->v + i * f->type->size;

		if (map)
			write_str(w, *(char *const *)item);
		encode_value(w, f->type, pair ? item + offsetof(struct json_pair, value) : item);
	}
	write_close(w, map ? '{' : '[');
}

static bool is_written(const struct field *f, const char *from)
{
	if (f->flags & ALIAS)
		return false;
	return !is_absent(f, from + f->offset) || (f->flags & REQUIRED && f->shape != JSON_POINTER);
}

static bool is_empty(const struct type *t, const void *from)
{
	for (const struct field *f = t->fields; f->key; f++)
		if (is_written(f, from))
			return false;
	return true;
}

static void encode_object(struct json_writer *w, const struct type *t, const char *from)
{
	if (is_empty(t, from)) {
		write_raw(w, "{}");
		return;
	}
	write_open(w, '{');
	for (const struct field *f = t->fields; f->key; f++) {
		const void *member = from + f->offset;

		if (!is_written(f, from))
			continue;
		write_str(w, f->key);
		if (f->shape == JSON_LIST || f->shape == JSON_MAP)
			encode_list(w, f, member);
		else
			encode_value(w, f->type, f->shape == JSON_POINTER ?
				     *(void *const *)member : member);
	}
	write_close(w, '{');
}

static void encode_value(struct json_writer *w, const struct type *t, const void *from)
{
	switch (t->kind) {
	case JSON_OBJECT:
		encode_object(w, t, from);
		break;
	case JSON_INT:
		encode_int(w, t, from);
		break;
	case JSON_BOOL:
		write_raw(w, *(const bool *)from ? "true" : "false");
		break;
	case JSON_STR:
		write_str(w, *(char *const *)from ? *(char *const *)from : "");
		break;
	}
}

char *json_encode(const struct type *t, const void *from, enum json_style style)
{
	struct json_writer w = writer_new(style);

	encode_value(&w, t, from);
	return writer_done(&w);
}
