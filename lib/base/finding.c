/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a value stands in its document, and what is wrong with it. Values are
 * found by their address and places by counting lines, from the start each
 * time: only those pay who made a mistake, and FINDINGS_MAX bounds how much.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_node.h"

enum {
	FINDINGS_MAX = 100,		/* warnings; of errors and warnings, twice that */
	FINDINGS_SHOWN = 20,		/* in one error message */
};

/* ---- places ---- */

/* A quote inside a string has an odd number of backslashes before it. */
static bool is_escaped(const char *text, size_t at)
{
	size_t first = at;

	while (first && text[first - 1] == '\\')
		first--;
	return (at - first) % 2;
}

size_t json_token(const struct json_doc *doc, size_t end)
{
	const char *text = doc->text;
	size_t at = end ? end - 1 : 0;

	if (text[at] == '"') {
		while (at && (text[--at] != '"' || is_escaped(text, at)))
			;
	} else if (!strchr("{}[]:,", text[at])) {
		while (at && (isalnum((unsigned char)text[at - 1]) || strchr("+-.", text[at - 1])))
			at--;
	}
	return at;
}

/* Lines by '\n'; columns in characters, as editors count them. */
static void place(const struct json_doc *doc, size_t offset, struct finding *f)
{
	const char *line = doc->text, *at = doc->text + offset, *end;

	f->line = 1;
	while ((end = memchr(line, '\n', (size_t)(at - line)))) {
		line = end + 1;
		f->line++;
	}
	f->column = 1;
	for (; line < at; line++)
		f->column += (*line & 0xc0) != 0x80;
}

static void put_escaped(FILE *f, const char *name)
{
	putc('/', f);
	for (; *name; name++)
		if (*name == '~' || *name == '/')
			fputs(*name == '~' ? "~0" : "~1", f);
		else
			putc(*name, f);
}

/* RFC 6901. As deep as JSON_DEPTH_MAX. */
static void put_pointer(FILE *f, const struct json_doc *doc, const struct json_node *node)
{
	const struct json_node *parent = &doc->node[node->parent];
	size_t i = 0;

	if (node == doc->node)
		return;
	put_pointer(f, doc, parent);
	if (node->key) {
		put_escaped(f, node->key);
		return;
	}
	for_each_child(c, doc, parent) {
		if (c == node)
			break;
		i++;
	}
	fprintf(f, "/%zu", i);
}

const struct json_node *member_of(const struct json_doc *doc, const struct json_node *node,
				  const char *name)
{
	for_each_child(c, doc, node)
		if (c->key && !strcmp(c->key, name))
			return c;
	return NULL;
}

/* An object is met before its first member, which has the same address. */
static const struct json_node *node_of(const struct json_doc *doc, const void *value)
{
	for (size_t i = 0; value && i < doc->n; i++)
		if (doc->node[i].at == value)
			return &doc->node[i];
	return doc->node;
}

/* Pointer, line and column of a finding. @node NULL: the document was not parsed. */
static void locate(struct arena *a, struct finding *f, const struct json_doc *doc,
		   const struct json_node *node, const char *member)
{
	const struct json_node *child = node && member ? member_of(doc, node, member) : NULL;
	auto_free char *pointer = NULL;
	size_t size;
	FILE *out = open_memstream(&pointer, &size);

	if (!out)
		abort();
	if (child)
		node = child;
	if (node) {
		if (doc->text)
			place(doc, json_token(doc, node->offset), f);
		put_pointer(out, doc, node);
	}
	if (member && !child)
		put_escaped(out, member);
	if (fclose(out))
		abort();
	f->pointer = arena_strdup(a, pointer);
}

/* The same for a C value, which may come from elsewhere. */
static void locate_value(struct arena *a, struct finding *f, const struct json_doc *doc,
			 const void *value, const char *member)
{
	for_each (n, &doc->names) {
		if (!value || n->value != value ||
		    (n->member && (!member || strcmp(n->member, member))))
			continue;
		f->name = n->name;
		f->pointer = arena_strdup(a, "");
		if (f->name)
			return;
		value = n->in;
		break;
	}
	locate(a, f, doc, node_of(doc, value), member);
}

bool json_has(const struct json_doc *doc, const void *value, const char *member)
{
	const struct json_node *node = node_of(doc, value);
	const struct json_node *child = node ? member_of(doc, node, member) : NULL;

	return child && child->kind != NODE_NULL;
}

/* ---- findings ---- */

/* A new finding, NULL if there are enough. An error is never lost to warnings. */
static struct finding *finding_new(struct arena *a, findings *found, bool warning)
{
	struct finding *f;

	if (found->n >= (warning ? 1 : 2) * FINDINGS_MAX)
		return NULL;
	f = list_add(a, found);
	f->warning = warning;
	f->pointer = arena_strdup(a, "");
	return f;
}

static PRINTF(2, 0) char *sentence(struct arena *a, const char *fmt, va_list ap)
{
	auto_free char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return arena_strdup(a, text);
}

void finding_syntax(struct arena *a, findings *found, const struct json_doc *doc, size_t offset,
		    const char *fmt, ...)
{
	struct finding *f = finding_new(a, found, false);
	va_list ap;

	if (!f)
		return;
	place(doc, offset, f);
	va_start(ap, fmt);
	f->text = sentence(a, fmt, ap);
	va_end(ap);
}

void finding_node(struct arena *a, findings *found, const struct json_doc *doc,
		  const struct json_node *node, const char *member, bool warning,
		  const char *fmt, ...)
{
	struct finding *f = finding_new(a, found, warning);
	va_list ap;

	if (!f)
		return;
	locate(a, f, doc, node, member);
	va_start(ap, fmt);
	f->text = sentence(a, fmt, ap);
	va_end(ap);
}

void finding_add(struct arena *a, findings *found, const struct json_doc *doc,
		 const void *value, const char *member, bool warning, const char *fmt, ...)
{
	struct finding *f = finding_new(a, found, warning);
	va_list ap;

	if (!f)
		return;
	locate_value(a, f, doc, value, member);
	va_start(ap, fmt);
	f->text = sentence(a, fmt, ap);
	va_end(ap);
}

/* ---- errors ---- */

/* "config.json:12:5", "--user" */
static void put_where(FILE *out, const char *name, const struct finding *f)
{
	fputs(f->name ? f->name : name, out);
	if (f->line)
		fprintf(out, ":%u:%u", f->line, f->column);
}

static struct err *set_place(struct err *e, const char *name, const struct finding *f)
{
	if (f->line)
		e = err_set(e, ERR_WHERE, "%s:%u:%u", name, f->line, f->column);
	else
		e = err_set(e, ERR_WHERE, "%s", f->name ? f->name : name);
	return *f->pointer ? err_set(e, ERR_POINTER, "%s", f->pointer) : e;
}

struct err *findings_error(const findings *found, const char *name)
{
	const struct finding *first = NULL;
	auto_free char *text = NULL;
	size_t size, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for_each (f, found) {
		if (f->warning || n++ >= FINDINGS_SHOWN)
			continue;
		first = first ? first : f;
		fputs(f == first ? "" : "; ", out);
		put_where(out, name, f);
		fprintf(out, ": %s%s%s", f->pointer, *f->pointer ? ": " : "", f->text);
	}
	if (n > FINDINGS_SHOWN)
		fprintf(out, "; and %zu more", n - FINDINGS_SHOWN);
	if (fclose(out))
		abort();
	return first ? set_place(err_new(EINVAL, "%s", text), name, first) : NULL;
}

struct err *err_at(struct err *e, const struct json_doc *doc, const void *value,
		   const char *member)
{
	auto_arena struct arena a = { 0 };
	struct finding f = { 0 };

	if (!e || !doc)
		return e;
	locate_value(&a, &f, doc, value, member);
	return set_place(e, doc->name ? doc->name : "configuration", &f);
}
