/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file of a cgroup said, as a write that makes it say so again
 * (cgroup-v2.rst, "Format"). In some files there is a line for each device,
 * which is replaced by itself, and is missing where there is no limit.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "update.h"

/* Files whose lines begin with the name of a device, not with its number. */
static const char *const named[] = { "rdma.max", "misc.max", "dmem.max", "dmem.low", "dmem.min" };

static bool has_keys(const char *file, const char *value)
{
	size_t word = strcspn(value, " ");

	for (size_t i = 0; i < countof(named); i++)
		if (!strcmp(named[i], file))
			return true;
	return memchr(value, ':', word) && isdigit((unsigned char)*value);
}

/* The line that begins with this word; NULL if there is none. */
static const char *line_of(const char *text, const char *word, size_t len)
{
	while (*text) {
		if (!strncmp(text, word, len) && (text[len] == ' ' || text[len] == '\n'))
			return text;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

static char *line_copy(struct arena *a, const char *line)
{
	return arena_strndup(a, line, strcspn(line, "\n"));
}

/* "8:0 rbps=5 wbps=6": "8:0 rbps=max wbps=max". "8:0 50": "8:0 default". */
static const char *without_limit(struct arena *a, const char *file, const char *value)
{
	const char *none = !strcmp(file, "io.latency") ? "0" : "max";
	size_t len = strcspn(value, " ");
	char *line = arena_strndup(a, value, len);

	if (!strchr(value, '='))
		return arena_printf(a, "%s %s", line, strstr(file, "weight") ? "default" : "max");
	for (value += len; *(value += strspn(value, " ")); value += strcspn(value, " "))
		line = arena_printf(a, "%s %.*s=%s", line, (int)strcspn(value, "= "), value, none);
	return line;
}

const char *limit_old(struct arena *a, const char *file, const char *value, const char *old)
{
	size_t word = strcspn(value, " ");
	const char *line, *end;

	if (has_keys(file, value)) {
		line = line_of(old, value, word);
		return line ? line_copy(a, line) : without_limit(a, file, value);
	}
	line = line_of(old, "default", strlen("default"));	/* io.weight */
	if (line)
		return line_copy(a, line);
	if (!*old || *old == '\n')
		return "\n";		/* an empty write would be none */
	/* Several lines: which of them was meant, only the file knows. */
	end = strchr(old, '\n');
	return end && end[1] ? NULL : line_copy(a, old);
}
