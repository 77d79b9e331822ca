/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: UTF-8, and words that look alike. */
#include "hull/str.h"

#include <stdint.h>
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

size_t utf8_span(const char *s, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)s;
	size_t i = 0;

	while (i < size) {
		size_t length = bytes[i] < 0x80 ? 1 : character(bytes + i, size - i);

		if (!length)
			break;
		i += length;
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
