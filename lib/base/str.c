/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: UTF-8, words that look alike, numbers, lengths of time. */
#include "hull/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hull/mem.h"

/*
 * RFC 3629, section 4: the length of a character and the range of its second
 * byte follow from the first. The narrow ranges are what keeps out overlong
 * forms (e0, f0), surrogates (ed) and what is above U+10FFFF (f4).
 */
static const struct form {
	unsigned char first, last;	/* of the first byte */
	unsigned char low, high;	/* of the second byte */
	unsigned char length;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The length of the character at @s beyond ASCII, 0 if it is none. */
static size_t character(const unsigned char *s, size_t size)
{
	for (size_t i = 0; i < countof(forms); i++) {
		const struct form *f = &forms[i];

		if (*s < f->first || *s > f->last)
			continue;
		if (size < f->length || s[1] < f->low || s[1] > f->high)
			return 0;
		for (size_t k = 2; k < f->length; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return f->length;
	}
	return 0;
}

static bool is_ascii(const unsigned char *s, size_t size)
{
	uint64_t eight;

	if (size < sizeof(eight))
		return false;
	memcpy(&eight, s, sizeof(eight));
	return !(eight & UINT64_C(0x8080808080808080));
}

size_t utf8_span(const char *s, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)s;
	size_t i = 0, length;

	for (; i < size; i += length) {
		if (is_ascii(bytes + i, size - i))
			length = sizeof(uint64_t);
		else
			length = bytes[i] < 0x80 ? 1 : character(bytes + i, size - i);
		if (!length)
			break;
	}
	return i;
}

char *utf8_clean(const char *s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t size = strlen(s);
	char *clean = xmalloc(3 * size + 1), *to = clean;

	for (;;) {
		size_t good = utf8_span(s, size);

		to = mempcpy(to, s, good);
		if (good == size)
			break;
		to = mempcpy(to, replacement, 3);
		s += good + 1;
		size -= good + 1;
	}
	*to = 0;
	return clean;
}

bool str_misspelt(const char *word, const char *known)
{
	size_t same = 0;

	if (!strcasecmp(word, known))
		return true;
	if (strlen(known) < 5)
		return false;
	while (word[same] && word[same] == known[same])
		same++;
	word += same;
	known += same;
	if (!*word || !*known)		/* a letter more or less, at the end */
		return strlen(word) + strlen(known) == 1;
	return !strcmp(word + 1, known + 1) ||	/* another letter */
	       !strcmp(word + 1, known) ||	/* one too many */
	       !strcmp(word, known + 1) ||	/* one too few */
	       (word[0] == known[1] && word[1] == known[0] && !strcmp(word + 2, known + 2));
}

bool str_among(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

/* Of units that begin alike, the longer first. */
static const struct time_unit {
	const char *name;
	uint64_t ns;
} time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 },		/* the micro sign */
	{ "\xce\xbcs", 1000 },		/* the Greek letter */
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C(60) * 1000000000 },
	{ "h", UINT64_C(3600) * 1000000000 },
};

static const struct time_unit *time_unit_of(const char *text)
{
	for (size_t i = 0; i < countof(time_units); i++)
		if (!strncmp(text, time_units[i].name, strlen(time_units[i].name)))
			return &time_units[i];
	return NULL;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* "25": so many hundredths of a unit, which is ever smaller. */
static uint64_t fraction_of(const char *text, uint64_t unit)
{
	uint64_t sum = 0;

	for (; isdigit((unsigned char)*text); text++, unit /= 10)
		sum += (uint64_t)(*text - '0') * unit / 10;
	return sum;
}

/* Reads "1.5h" and adds it; returns what follows, NULL if that is no such thing. */
static const char *duration_part(const char *text, uint64_t *sum)
{
	const char *fraction = text + digits(text) + 1;
	bool has_fraction = fraction[-1] == '.';
	const char *end = has_fraction ? fraction + digits(fraction) : fraction - 1;
	const struct time_unit *unit = time_unit_of(end);
	uint64_t n = 0, rest;

	if (!unit || (!digits(text) && (!has_fraction || !digits(fraction))))
		return NULL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return NULL;
	rest = has_fraction ? fraction_of(fraction, unit->ns) : 0;
	if (__builtin_mul_overflow(n, unit->ns, &n) || __builtin_add_overflow(n, rest, &n) ||
	    __builtin_add_overflow(*sum, n, sum) || *sum > INT64_MAX)
		return NULL;
	return end + strlen(unit->name);
}

bool str_duration(const char *text, uint64_t *nanoseconds)
{
	uint64_t sum = 0;

	text += *text == '+';
	do
		text = duration_part(text, &sum);
	while (text && *text);
	if (!text || !sum)
		return false;
	*nanoseconds = sum;
	return true;
}

bool str_digits(const char *text, char **end, uint64_t *n)
{
	/* strtoull() takes blanks and signs, too. */
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*n = strtoull(text, end, 10);
	return !errno;
}

bool str_number(const char *text, uint64_t most, uint64_t *n)
{
	char *end;

	return str_digits(text, &end, n) && !*end && *n <= most;
}

const char *str_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : "";
}
