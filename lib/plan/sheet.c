/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of facts as text or as JSON: see sheet.h. */
#include "sheet.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* In text, only what would be misread is quoted: in a list also a comma. */
static bool is_word(const char *text, bool in_list)
{
	for (const char *c = text; *c; c++)
		if (!isgraph((unsigned char)*c) || strchr("\"\\#", *c) || (in_list && *c == ','))
			return false;
	return *text;
}

static void put(struct sheet *s, const char *text)
{
	auto_free char *quoted = s->json || !is_word(text, s->list) ? json_quote(text) : NULL;

	fputs(quoted ? quoted : text, s->out);
}

static void list_end(struct sheet *s)
{
	if (s->list && s->json)
		fputc(']', s->out);
	s->list = NULL;
}

static void put_key(struct sheet *s, const char *key)
{
	list_end(s);
	fprintf(s->out, s->json ? ",\"%s\":" : " %s=", key);
}

/* Where the line's value stands, which is what an error about it would say. */
static void put_place(struct sheet *s)
{
	auto_err struct err *place = err_at(err_new(EINVAL, "place"), s->place, s->from, s->member);
	const char *pointer = err_get(place, ERR_POINTER);
	const char *where = err_get(place, ERR_WHERE);

	if (!s->from)
		return;
	if (s->json) {
		sheet_text(s, "pointer", pointer);
		sheet_text(s, "where", where);
	} else if (pointer) {
		fprintf(s->out, "\t# %s %s", where ? where : "", pointer);
	}
}

static void line_end(struct sheet *s)
{
	if (!s->lines)
		return;
	list_end(s);
	put_place(s);
	fputs(s->json ? "}" : "\n", s->out);
}

void sheet_line(struct sheet *s, const char *action, const void *from, const char *member)
{
	line_end(s);
	if (s->json)
		fprintf(s->out, "%s{\"action\":\"%s\"", s->lines ? ",\n" : "[", action);
	else
		fputs(action, s->out);
	s->place = s->doc;
	s->from = from;
	s->member = member;
	s->lines++;
}

void sheet_text(struct sheet *s, const char *key, const char *value)
{
	if (!value)
		return;
	put_key(s, key);
	put(s, value);
}

void sheet_format(struct sheet *s, const char *key, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		abort();
	sheet_text(s, key, text);
}

void sheet_number(struct sheet *s, const char *key, long long value)
{
	put_key(s, key);
	fprintf(s->out, "%lld", value);
}

void sheet_flag(struct sheet *s, const char *key, bool value)
{
	if (!value)
		return;
	list_end(s);
	fprintf(s->out, s->json ? ",\"%s\":true" : " %s", key);
}

void sheet_item(struct sheet *s, const char *key, const char *value)
{
	if (!s->list || strcmp(s->list, key)) {
		put_key(s, key);
		if (s->json)
			fputc('[', s->out);
		s->list = key;
	} else {
		fputc(',', s->out);
	}
	put(s, value);
}

void sheet_end(struct sheet *s)
{
	line_end(s);
	if (s->json)
		fputs(s->lines ? "]" : "[]", s->out);
}
