/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to nodes: the only file that knows yajl's parser, which is lax
 * about UTF-8, about halves of surrogate pairs (it writes '?') and U+0000, and
 * counts neither names nor depth; all that is checked here. Time and space
 * are linear in the text, whatever it holds.
 */
#include "hull/json.h"

#include <string.h>

#include <yajl/yajl_parse.h>

#include "hull/str.h"

#include "json_node.h"

struct parse {
	struct arena *arena;
	struct json_doc *doc;
	size_t room;		/* for nodes */
	findings *found;
	yajl_handle yajl;
	bool complete;		/* all of the text has been given to yajl */
	const char *key;	/* of the value to come */
	uint32_t open;		/* index of the innermost object or list */
	unsigned depth;
};

/* ---- what yajl calls: 1 to go on, 0 to stop ---- */

/* Right behind the current token. A number at the very end is reported when the text is over. */
static size_t offset(const struct parse *p)
{
	return p->complete ? p->doc->size : yajl_get_bytes_consumed(p->yajl);
}

static int refuse(struct parse *p, const char *text)
{
	finding_syntax(p->arena, p->found, p->doc, json_token(p->doc, offset(p)), "%s", text);
	return 0;
}

/* Few texts have more than a value in 16 bytes, and room that is not used costs nothing. */
static void nodes_enlarge(struct parse *p)
{
	struct json_doc *doc = p->doc;
	size_t more = p->room ? 2 * p->room : doc->size / 16 + 1;

	doc->node = arena_enlarge(p->arena, doc->node, p->room, more, sizeof(*doc->node));
	p->room = more;
}

static int add(struct parse *p, enum node_kind kind, const char *text, size_t size)
{
	struct json_doc *doc = p->doc;
	struct json_node *node;

	if (doc->n == p->room)
		nodes_enlarge(p);
	node = &doc->node[doc->n++];
	*node = (struct json_node){
		.kind = kind, .key = take_ptr(&p->key), .text = arena_strndup(p->arena, text, size),
		.offset = (uint32_t)offset(p), .parent = p->open, .end = (uint32_t)doc->n,
	};
	if (doc->n > 1)
		doc->node[p->open].n++;
	return 1;
}

static int add_open(struct parse *p, enum node_kind kind)
{
	if (++p->depth > JSON_DEPTH_MAX)
		return refuse(p, "nested too deeply");
	add(p, kind, "", 0);
	p->open = (uint32_t)p->doc->n - 1;
	return 1;
}

static int on_null(void *p)
{
	return add(p, NODE_NULL, "null", 4);
}

static int on_boolean(void *p, int value)
{
	return value ? add(p, NODE_BOOL, "true", 4) : add(p, NODE_BOOL, "false", 5);
}

static int on_number(void *p, const char *text, size_t size)
{
	return add(p, NODE_NUMBER, text, size);
}

/* yajl refuses a zero byte: only what had escapes, and so is not in the text, has one. */
static bool has_zero(const struct parse *p, const unsigned char *s, size_t size)
{
	uintptr_t at = (uintptr_t)s, text = (uintptr_t)p->doc->text;

	return (at < text || at >= text + p->doc->size) && memchr(s, 0, size);
}

static int on_string(void *ctx, const unsigned char *text, size_t size)
{
	struct parse *p = ctx;

	if (has_zero(p, text, size))
		return refuse(p, "U+0000 in a string");
	return add(p, NODE_STRING, (const char *)text, size);
}

static int on_key(void *ctx, const unsigned char *text, size_t size)
{
	struct parse *p = ctx;

	if (has_zero(p, text, size))
		return refuse(p, "U+0000 in a name");
	p->key = arena_strndup(p->arena, (const char *)text, size);
	return 1;
}

static int on_object(void *p)
{
	return add_open(p, NODE_OBJECT);
}

static int on_list(void *p)
{
	return add_open(p, NODE_LIST);
}

static int on_end(void *ctx)
{
	struct parse *p = ctx;
	struct json_node *node = &p->doc->node[p->open];

	node->end = (uint32_t)p->doc->n;
	p->open = node->parent;
	p->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null, .yajl_boolean = on_boolean, .yajl_number = on_number,
	.yajl_string = on_string, .yajl_map_key = on_key,
	.yajl_start_map = on_object, .yajl_end_map = on_end,
	.yajl_start_array = on_list, .yajl_end_array = on_end,
};

/* ---- what yajl does not check ---- */

/* The value of \uXXXX at @s, 0 if there is something else. */
static unsigned escaped_unit(const char *s, const char *end)
{
	unsigned unit = 0;

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return 0;
	for (int i = 2; i < 6; i++) {
		const char *hex = "0123456789abcdef0123456789ABCDEF";
		const char *digit = s[i] ? strchr(hex, s[i]) : NULL;

		if (!digit)
			return 0;
		unit = unit << 4 | ((unsigned)(digit - hex) & 15);
	}
	return unit;
}

/* RFC 8259, section 8.2: the first \uXXXX that is half of a pair alone, or NULL. */
static const char *lone_surrogate(const char *s, const char *end)
{
	while (s < end && (s = memchr(s, '\\', (size_t)(end - s)))) {
		unsigned unit = escaped_unit(s, end);
		bool high = unit >> 10 == 0xd800 >> 10, low = unit >> 10 == 0xdc00 >> 10;

		if (low || (high && escaped_unit(s + 6, end) >> 10 != 0xdc00 >> 10))
			return s;
		s += high ? 12 : 2;
	}
	return NULL;
}

/* FNV-1a, seeded with an address so that nobody can prepare keys that collide. */
static size_t hash(const struct json_node *node, const void *seed)
{
	uint64_t h = 0xcbf29ce484222325 ^ (uintptr_t)seed;

	h = (h ^ node->parent) * 0x100000001b3;
	for (const char *c = node->key; *c; c++)
		h = (h ^ (unsigned char)*c) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

static bool same_name(const struct json_node *a, const struct json_node *b)
{
	return a->parent == b->parent && !strcmp(a->key, b->key);
}

static size_t keys_count(const struct json_doc *doc)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->n; i++)
		n += doc->node[i].key != NULL;
	return n;
}

/* RFC 8259, section 4, leaves these to us. What two readers may take differently is refused. */
static bool names_unique(struct parse *p)
{
	auto_arena struct arena scratch = { 0 };
	const struct json_doc *doc = p->doc;
	size_t room = 16, keys = keys_count(doc);
	uint32_t *set;			/* indexes of nodes by hash; 0 is free */
	bool unique = true;

	while (room < 2 * keys)
		room *= 2;
	set = arena_array(&scratch, uint32_t, room);
	for (uint32_t i = 1; i < doc->n; i++) {
		const struct json_node *node = &doc->node[i];
		size_t slot;

		if (!node->key)
			continue;
		slot = hash(node, set) & (room - 1);
		while (set[slot] && !same_name(node, &doc->node[set[slot]]))
			slot = (slot + 1) & (room - 1);
		if (!set[slot]) {
			set[slot] = i;
			continue;
		}
		finding_node(p->arena, p->found, doc, node, NULL, false, "duplicate name");
		unique = false;
	}
	return unique;
}

/* ---- parse ---- */

/* Where the mistake is. yajl may have gone past it already. */
static size_t error_offset(const struct parse *p, const char *said)
{
	size_t at = offset(p);

	if (p->complete)
		return at;
	if (!strncmp(said, "lexical error: invalid char in", 30))
		return at - 1;
	if (strncmp(said, "parse error", 11))
		return at;
	at = json_token(p->doc, at);	/* a misplaced token */
	while (at < p->doc->size && memchr(" \t\n\r", p->doc->text[at], 4))
		at++;
	return at;
}

/* yajl says "parse error: trailing garbage\n" or "lexical error: invalid char in json text.\n". */
static void syntax_error(struct parse *p)
{
	char *said = (char *)yajl_get_error(p->yajl, false, NULL, 0);
	const char *text = strstr(said, ": ");

	text = text ? text + 2 : said;
	finding_syntax(p->arena, p->found, p->doc, error_offset(p, said), "%.*s",
		       (int)strcspn(text, ".\n"), text);
	yajl_free_error(p->yajl, (unsigned char *)said);
}

static bool parse_text(struct parse *p)
{
	const struct json_doc *doc = p->doc;
	yajl_status status;

	p->yajl = yajl_alloc(&callbacks, NULL, p);
	yajl_config(p->yajl, yajl_dont_validate_strings, 1);	/* encoding_ok() is stricter */
	status = yajl_parse(p->yajl, (const unsigned char *)doc->text, doc->size);
	if (status == yajl_status_ok) {
		p->complete = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (status == yajl_status_error)
		syntax_error(p);
	yajl_free(p->yajl);
	return status == yajl_status_ok;
}

static bool size_ok(struct parse *p)
{
	const struct json_doc *doc = p->doc;

	if (doc->size > UINT32_MAX)
		finding_syntax(p->arena, p->found, doc, 0, "longer than 4 GiB");
	return doc->size <= UINT32_MAX;
}

static bool encoding_ok(struct parse *p)
{
	const struct json_doc *doc = p->doc;
	size_t valid = utf8_span(doc->text, doc->size);

	if (valid < doc->size)
		finding_syntax(p->arena, p->found, doc, valid, "invalid UTF-8");
	return valid == doc->size;
}

static bool surrogates_ok(struct parse *p)
{
	const struct json_doc *doc = p->doc;
	const char *half = lone_surrogate(doc->text, doc->text + doc->size);

	if (half)
		finding_syntax(p->arena, p->found, doc, (size_t)(half - doc->text),
			       "half of a surrogate pair");
	return !half;
}

bool json_scan(struct arena *a, const char *name, const char *text, size_t size,
	       struct json_doc *doc, findings *found)
{
	struct parse p = { .arena = a, .doc = doc, .found = found };

	*doc = (struct json_doc){ .name = name, .text = text, .size = size };
	return size_ok(&p) && encoding_ok(&p) && parse_text(&p) && surrogates_ok(&p) && names_unique(&p);
}

struct err *json_parse(struct arena *a, const char *name, const char *text, size_t size,
		       struct json_doc *doc)
{
	findings found = { 0 };

	json_scan(a, name, text, size, doc, &found);
	return findings_error(&found, name);
}
