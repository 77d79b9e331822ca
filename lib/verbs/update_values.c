/* SPDX-License-Identifier: Apache-2.0 */
/* The values of the options of `update`: numbers, sizes, limits, rules. */
#include "update.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "hull/str.h"

/* ---- numbers ---- */

/* "k", "MB", "GiB"; powers of 1024 all, as everywhere for memory. */
static bool unit_parse(const char *text, uint64_t *unit)
{
	static const char letters[] = "kmgtp";
	const char *letter = *text ? strchr(letters, tolower((unsigned char)*text)) : NULL;

	*unit = letter ? UINT64_C(1) << 10 * (letter - letters + 1) : 1;
	if (letter && tolower((unsigned char)*++text) == 'i')
		text++;
	return !*text || !strcasecmp(text, "b");
}

bool size_parse(const char *text, int64_t *bytes)
{
	double part = 0;
	uint64_t whole, unit, n;
	char *end;

	if (!strcmp(text, "-1")) {
		*bytes = -1;
		return true;
	}
	if (!str_digits(text, &end, &whole))
		return false;
	if (*end == '.' && isdigit((unsigned char)end[1])) {
		size_t len = strspn(end + 1, "0123456789") + 1;

		part = strtod(end, NULL);
		end += len;
		if (!unit_parse(end, &unit) || unit == 1)
			return false;
	}
	if (!unit_parse(end, &unit) || __builtin_mul_overflow(whole, unit, &n) ||
	    __builtin_add_overflow(n, (uint64_t)(part * (double)unit), &n) || n > INT64_MAX)
		return false;
	*bytes = (int64_t)n;
	return true;
}

bool read_size(struct draft *d, const char *name, const char *text, void *to)
{
	int64_t *n = arena_new(d->arena, int64_t);

	(void)name;
	*(int64_t **)to = n;
	return size_parse(text, n);
}

bool read_i64(struct draft *d, const char *name, const char *text, void *to)
{
	int64_t *n = arena_new(d->arena, int64_t);
	bool negative = *text == '-';
	uint64_t value;

	(void)name;
	if (!str_number(text + negative, INT64_MAX, &value))
		return false;
	*n = negative ? -(int64_t)value : (int64_t)value;
	*(int64_t **)to = n;
	return true;
}

bool read_u64(struct draft *d, const char *name, const char *text, void *to)
{
	uint64_t *n = arena_new(d->arena, uint64_t);

	(void)name;
	*(uint64_t **)to = n;
	return str_number(text, UINT64_MAX, n);
}

bool read_u16(struct draft *d, const char *name, const char *text, void *to)
{
	uint16_t *n = arena_new(d->arena, uint16_t);
	uint64_t value;

	(void)name;
	if (!str_number(text, UINT16_MAX, &value))
		return false;
	*n = (uint16_t)value;
	*(uint16_t **)to = n;
	return true;
}

bool read_i32(struct draft *d, const char *name, const char *text, void *to)
{
	int64_t *wide = NULL;
	int32_t *n = arena_new(d->arena, int32_t);

	if (!read_i64(d, name, text, &wide) || *wide < INT32_MIN || *wide > INT32_MAX)
		return false;
	*n = (int32_t)*wide;
	*(int32_t **)to = n;
	return true;
}

bool read_text(struct draft *d, const char *name, const char *text, void *to)
{
	(void)name;
	*(char **)to = arena_strdup(d->arena, text);
	return true;
}

/* A mask of all processors there can be: whichever the cpuset allows. */
bool read_cpus(struct draft *d, const char *name, const char *text, void *to)
{
	return read_text(d, name, strcmp(text, "all") ? text : "0-32767", to) && *text;
}

/* ---- limits of processes ---- */

static bool rlimit_parse(const char *text, const char **end, uint64_t *n)
{
	static const char *const words[] = { "unlimited", "infinity", "-1" };

	for (size_t i = 0; i < countof(words); i++) {
		*end = text + strlen(words[i]);
		*n = RLIM64_INFINITY;
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	}
	return str_digits(text, (char **)end, n);
}

/* "nofile", "RLIMIT_NOFILE" as configurations call it. Arena. */
static char *rlimit_type(struct arena *a, const char *text, size_t len)
{
	static const char prefix[] = "RLIMIT_";
	bool whole = !strncasecmp(text, prefix, sizeof(prefix) - 1);
	char *type = arena_printf(a, "%s%.*s", whole ? "" : prefix, (int)len, text);

	for (char *c = type; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return type;
}

/* TYPE=SOFT[:HARD]; of several for one type the last counts. */
bool read_rlimit(struct draft *d, const char *name, const char *text, void *to)
{
	struct oci_process *process = to;
	size_t len = strcspn(text, "=");
	struct oci_rlimit limit = { .type = rlimit_type(d->arena, text, len) };
	const char *end;

	(void)name;
	if (!len || !text[len] || !rlimit_parse(text + len + 1, &end, &limit.soft))
		return false;
	limit.hard = limit.soft;
	if (*end == ':' && !rlimit_parse(end + 1, &end, &limit.hard))
		return false;
	for_each (r, &process->rlimits)
		if (!strcmp(r->type, limit.type)) {
			*r = limit;
			return !*end;
		}
	*list_add(d->arena, &process->rlimits) = limit;
	return !*end;
}

/* ---- rules for devices ---- */

/* A number or '*'. */
static bool number_read(struct draft *d, const char **text, int64_t **number)
{
	uint64_t n;
	char *end;

	if (**text == '*') {
		++*text;
		return true;
	}
	if (!str_digits(*text, &end, &n) || n > UINT32_MAX)
		return false;
	*number = arena_new(d->arena, int64_t);
	**number = (int64_t)n;
	*text = end;
	return true;
}

/* "a", "c 1:3 rwm", "b 8:*": as the device cgroup of v1 had it. */
bool read_rule(struct draft *d, const char *name, const char *text, void *to)
{
	struct oci_device_rule rule = { .allow = !strcmp(name, "device-allow") };
	const char *at = text + 1;

	(void)to;
	if (!*text || !strchr("abc", *text))
		return false;
	rule.type = arena_strndup(d->arena, text, 1);
	if (*at && *at++ != ' ')
		return false;
	if (*at && (!number_read(d, &at, &rule.major) || *at++ != ':' ||
		    !number_read(d, &at, &rule.minor)))
		return false;
	if (*at && *at++ != ' ')
		return false;
	if (at[strspn(at, "rwm")])
		return false;
	rule.access = arena_strdup(d->arena, *at ? at : "rwm");
	*list_add(d->arena, &d->change->rules) = rule;
	return true;
}
