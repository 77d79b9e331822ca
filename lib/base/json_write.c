/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text from values: the only file that knows yajl's generator. */
#include "hull/json.h"

#include <string.h>

#include <yajl/yajl_gen.h>

#include "hull/str.h"

#include "json_node.h"

/* Only our own mistakes can go wrong: strings are clean and no table is that deep. */
static void must(yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		abort();
}

struct json_writer writer_new(enum json_style style)
{
	struct json_writer w = { yajl_gen_alloc(NULL) };

	if (style == JSON_INDENT) {
		yajl_gen_config(w.gen, yajl_gen_beautify, 1);
		yajl_gen_config(w.gen, yajl_gen_indent_string, "  ");
	}
	return w;
}

void write_open(struct json_writer *w, char bracket)
{
	must(bracket == '{' ? yajl_gen_map_open(w->gen) : yajl_gen_array_open(w->gen));
}

void write_close(struct json_writer *w, char bracket)
{
	must(bracket == '{' ? yajl_gen_map_close(w->gen) : yajl_gen_array_close(w->gen));
}

void write_str(struct json_writer *w, const char *s)
{
	auto_free char *clean = utf8_clean(s);

	must(yajl_gen_string(w->gen, (const unsigned char *)clean, strlen(clean)));
}

void write_raw(struct json_writer *w, const char *json)
{
	must(yajl_gen_number(w->gen, json, strlen(json)));	/* copied as it is */
}

char *writer_done(struct json_writer *w)
{
	const unsigned char *text;
	size_t size;
	char *copy;

	must(yajl_gen_get_buf(w->gen, &text, &size));
	if (size && text[size - 1] == '\n')
		size--;
	copy = memcpy(xmalloc(size + 1), text, size);
	copy[size] = 0;
	yajl_gen_free(w->gen);
	return copy;
}

char *json_quote(const char *s)
{
	struct json_writer w = writer_new(JSON_COMPACT);

	write_str(&w, s);
	return writer_done(&w);
}
