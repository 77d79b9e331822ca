/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a group of resctrl already has what a configuration asks for. A
 * line is "L3:0=7f0;1=1f": a resource, and of each domain, by its id, a value.
 * It is the values that count: the kernel pads its lines with blanks and its
 * masks with zeros, and a configuration may leave out domains.
 */
#include "parent.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct domain { unsigned long id, value; };

/* How the values of a resource are written. */
struct notation {
	int base;
	unsigned long step;		/* the kernel rounds up to a multiple of this */
};

static const char *blanks_skip(const char *text)
{
	return text + strspn(text, " \t");
}

/* How long the name of the resource is: up to the colon, which may be missing. */
static size_t name_length(const char *line)
{
	return strcspn(line, " \t:\n");
}

static int line_length(const char *line)
{
	return (int)strcspn(line, "\n");
}

static const char *line_next(const char *line)
{
	line += line_length(line);
	return line + (*line == '\n');
}

static bool is_named(const char *line, const char *name, size_t len)
{
	return name_length(line) == len && !strncmp(line, name, len);
}

/* Percents or megabytes of bandwidth; but ways of a cache are the bits of a mask. */
static struct notation notation_of(const char *line, unsigned long step)
{
	bool bandwidth = is_named(line, "MB", 2) || is_named(line, "SMBA", 4);

	return bandwidth ? (struct notation){ 10, step } : (struct notation){ 16, 1 };
}

/* "ID=VALUE" and the ';' behind it; returns what follows, NULL if this is no such thing. */
static const char *domain_read(const char *text, int base, struct domain *d)
{
	char *end;

	text = blanks_skip(text);
	if (!isdigit((unsigned char)*text))
		return NULL;
	d->id = strtoul(text, &end, 10);
	text = blanks_skip(end);
	if (*text != '=')
		return NULL;
	text = blanks_skip(text + 1);
	if (!isxdigit((unsigned char)*text))
		return NULL;
	d->value = strtoul(text, &end, base);
	text = blanks_skip(end);
	return *text == ';' ? text + 1 : *text && *text != '\n' ? NULL : text;
}

/* The domains in a line; NULL if it has no colon. */
static const char *domains_of(const char *line)
{
	line = blanks_skip(line + name_length(line));
	return *line == ':' ? line + 1 : NULL;
}

static bool domain_find(const char *line, int base, struct domain *d)
{
	unsigned long id = d->id;

	for (const char *at = domains_of(line); at && (at = domain_read(at, base, d));)
		if (d->id == id)
			return true;
	return false;
}

/* What the kernel makes of a bandwidth (bw_validate); with mba_MBps it does not round. */
static bool same_value(unsigned long have, unsigned long want, unsigned long step)
{
	return have == want || have == (want + step - 1) / step * step;
}

static bool line_agrees(const char *have, const char *want, const struct notation *n)
{
	const char *at = domains_of(want);

	if (!at)
		return false;
	for (at = blanks_skip(at); *at && *at != '\n'; at = blanks_skip(at)) {
		struct domain d, h;

		at = domain_read(at, n->base, &d);
		if (!at)
			return false;
		h = d;
		if (!domain_find(have, n->base, &h) || !same_value(h.value, d.value, n->step))
			return false;
	}
	return true;
}

const char *schemata_line(const char *schemata, const char *line)
{
	for (; *schemata; schemata = line_next(schemata))
		if (is_named(blanks_skip(schemata), line, name_length(line)))
			return blanks_skip(schemata);
	return NULL;
}

struct err *schemata_compare(const char *have, const char *want, unsigned long step)
{
	for (; *want; want = line_next(want)) {
		const char *line = blanks_skip(want);
		struct notation n = notation_of(line, step);
		const char *other = schemata_line(have, line);

		if (!other)
			return err_new(EEXIST, "has no %.*s", (int)name_length(line), line);
		if (!line_agrees(other, line, &n))
			return err_new(EEXIST, "has %.*s instead of %.*s", line_length(other),
				       other, line_length(line), line);
	}
	return NULL;
}
