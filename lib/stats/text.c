/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in files of the kernel. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "hull/str.h"

struct err *text_read(struct arena *a, const struct dir *d, const char *name, const char **text)
{
	auto_free char *all = NULL;
	struct err *err = dir_read(d, name, &all, NULL);

	*text = err ? "" : arena_strdup(a, all);
	/* Of a controller or a kernel that is not there; a pressure that is switched off. */
	if (err_code(err) != ENOENT && err_code(err) != EOPNOTSUPP && err_code(err) != ENODEV)
		return err;
	err_free(err);
	return NULL;
}

uint64_t text_number(const char *text)
{
	if (!strncmp(text, "max", 3))
		return UINT64_MAX;
	/* strtoull() takes "-1", too. */
	return isdigit((unsigned char)*text) ? strtoull(text, NULL, 10) : 0;
}

size_t text_word(const char *text)
{
	return strcspn(text, " \n");
}

const char *text_next(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The line that begins with that word, behind it; NULL if there is none. */
static const char *line_of(const char *text, const char *name, size_t len)
{
	for (; *text; text = text_next(text))
		if (text_word(text) == len && !strncmp(text, name, len))
			return text + len;
	return NULL;
}

uint64_t stats_value(const char *text, const char *key)
{
	const char *line = line_of(text, key, strlen(key));

	return line && *line == ' ' ? text_number(line + 1) : 0;
}

const char *text_nested(const char *text, const char *name, const char *key)
{
	const char *line = line_of(text, name, text_word(name));
	size_t len = strlen(key);

	while (line && *line == ' ') {
		line++;
		if (!strncmp(line, key, len) && line[len] == '=')
			return line + len + 1;
		line += text_word(line);
	}
	return "";
}

static void stall_parse(const char *text, const char *name, struct stats_stall *s)
{
	s->avg10 = strtod(text_nested(text, name, "avg10"), NULL);
	s->avg60 = strtod(text_nested(text, name, "avg60"), NULL);
	s->avg300 = strtod(text_nested(text, name, "avg300"), NULL);
	s->total = text_number(text_nested(text, name, "total"));
}

struct stats_pressure *text_pressure(struct arena *a, const char *text)
{
	struct stats_pressure *p;

	if (!line_of(text, "some", 4) && !line_of(text, "full", 4))
		return NULL;
	p = arena_new(a, struct stats_pressure);
	stall_parse(text, "some", &p->some);
	stall_parse(text, "full", &p->full);
	return p;
}
