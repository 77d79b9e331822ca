/* SPDX-License-Identifier: Apache-2.0 */
/* The engine behind the tables of fields: document to C. The way back is in encode.c. */
#include <errno.h>
#include <stdlib.h>
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
const struct type type_double = { .name = "number", .kind = JSON_NUMBER, .size = sizeof(double) };

const struct type type_json_pair = {
	.name = "string",
	.kind = JSON_STR,
	.size = sizeof(struct json_pair),
	.value = &type_str,
	.value_at = offsetof(struct json_pair, value),
};

const struct type type_json_count = {
	.name = "uint64",
	.kind = JSON_INT,
	.size = sizeof(struct json_count),
	.value = &type_u64,
	.value_at = offsetof(struct json_count, value),
};

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
		decode_value(d, entry, t->value ? t->value : t, item + t->value_at);
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

/* What we have written ourselves is in the order of the fields. */
static const struct field *field_after(const struct type *t, const struct field *last,
				       const char *key)
{
	for (const struct field *f = last ? last + 1 : t->fields; f->key; f++)
		if (!strcmp(f->key, key))
			return f;
	return last ? field_of(t, key) : NULL;
}

static void decode_object(struct decode *d, struct json_node *node, const struct type *t, void *to)
{
	const struct field *last = NULL;
	uint64_t seen = 0;		/* bit n: field n */

	if (node->kind != NODE_OBJECT) {
		complain(d, node, "expected an ", t->name);
		return;
	}
	for_each_child(member, d->doc, node) {
		const struct field *f = field_after(t, last, member->key);

		last = f ? f : last;
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
	case JSON_NUMBER:
		if (node->kind == NODE_NUMBER)
			*(double *)to = strtod(node->text, NULL);
		else
			complain(d, node, "expected a ", t->name);
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
