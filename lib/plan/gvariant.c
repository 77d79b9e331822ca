/* SPDX-License-Identifier: Apache-2.0 */
/* GVariant text: see gvariant.h. Other runtimes have this form in annotations. */
#include "gvariant.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct reader {
	struct arena *arena;
	const char *at;
	const char *wrong;		/* NULL so far */
};

struct number_type {
	const char *word;
	char letter;			/* of "@t 5" */
	uint64_t max;
	bool is_signed;
};

/* clang-format off */
static const struct number_type number_types[] = {
	{ "byte",   'y', UINT8_MAX,  false },
	{ "int16",  'n', INT16_MAX,  true },
	{ "uint16", 'q', UINT16_MAX, false },
	{ "int32",  'i', INT32_MAX,  true },
	{ "uint32", 'u', UINT32_MAX, false },
	{ "int64",  'x', INT64_MAX,  true },
	{ "uint64", 't', UINT64_MAX, false },
	{ 0 }
};
/* clang-format on */

static void blanks_skip(struct reader *r)
{
	r->at += strspn(r->at, " \t\n\r");
}

static bool fail(struct reader *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = wrong;
	return false;
}

/* A word, and not the beginning of a longer one. */
static bool word_take(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(r->at, word, len) || isalnum((unsigned char)r->at[len]))
		return false;
	r->at += len;
	blanks_skip(r);
	return true;
}

static bool byte_take(struct reader *r, char c)
{
	if (*r->at != c)
		return false;
	r->at++;
	blanks_skip(r);
	return true;
}

/* ---- numbers ---- */

/* "uint64 " or "@t "; NULL if there is neither: then the number decides. */
static const struct number_type *type_take(struct reader *r)
{
	for (const struct number_type *t = number_types; t->word; t++) {
		char annotation[3] = { '@', t->letter, 0 };

		if (word_take(r, t->word) || word_take(r, annotation))
			return t;
	}
	return NULL;
}

static bool real_read(struct reader *r, struct gvariant *v)
{
	char *end;

	errno = 0;
	v->kind = GVARIANT_REAL;
	v->real = strtod(r->at, &end);
	if (errno || end == r->at)
		return fail(r, "is no number");
	r->at = end;
	blanks_skip(r);
	return true;
}

static bool integer_read(struct reader *r, const struct number_type *type, struct gvariant *v)
{
	const char *digits = r->at + strspn(r->at, "+-");
	char *end;

	if (digits - r->at > 1 || !isdigit((unsigned char)*digits))
		return fail(r, "is no number");
	errno = 0;
	v->kind = GVARIANT_INTEGER;
	v->negative = *r->at == '-';
	v->item.number = strtoull(digits, &end, 0);
	if (errno)
		return fail(r, "is too large a number");
	if (!type && *end && strchr(".eE", *end))
		return real_read(r, v);
	if (type && (v->item.number > type->max + (v->negative && type->is_signed) ||
		     (v->negative && v->item.number && !type->is_signed)))
		return fail(r, arena_printf(r->arena, "is outside of what %s holds", type->word));
	r->at = end;
	blanks_skip(r);
	return true;
}

/* ---- strings ---- */

/* Behind a backslash. Those with a number (\u1234) no property needs. */
static bool escape_read(struct reader *r, char *c)
{
	static const char letters[] = "abfnrtv'\"\\", meant[] = "\a\b\f\n\r\t\v'\"\\";
	const char *letter = *r->at ? strchr(letters, *r->at) : NULL;

	if (!letter)
		return fail(r, "has an unknown escape");
	*c = meant[letter - letters];
	r->at++;
	return true;
}

static bool string_read(struct reader *r, const char **text)
{
	char quote = *r->at, *to = arena_array(r->arena, char, strlen(r->at) + 1);

	if (quote != '\'' && quote != '"')
		return fail(r, "is no string");
	*text = to;
	for (r->at++; *r->at != quote;) {
		if (!*r->at)
			return fail(r, "is a string without an end");
		if (*r->at != '\\') {
			*to++ = *r->at++;
			continue;
		}
		r->at++;
		if (!escape_read(r, to++))
			return false;
	}
	r->at++;
	blanks_skip(r);
	return true;
}

static bool strings_read(struct reader *r, struct gvariant *v)
{
	v->kind = GVARIANT_STRINGS;
	if (!byte_take(r, '['))
		return fail(r, "is no list");
	if (byte_take(r, ']'))
		return true;
	for (;;) {
		const char *text;

		if (!string_read(r, &text))
			return false;
		list_add(r->arena, &v->items)->text = text;
		if (byte_take(r, ']'))
			return true;
		if (!byte_take(r, ','))
			return fail(r, "is a list without an end");
	}
}

/* ---- the whole ---- */

static bool value_read(struct reader *r, struct gvariant *v)
{
	const struct number_type *type = type_take(r);
	bool yes = word_take(r, "true");

	if (type)
		return integer_read(r, type, v);
	if (word_take(r, "@d") || word_take(r, "double"))
		return real_read(r, v);
	if (word_take(r, "@as") || *r->at == '[')
		return strings_read(r, v);
	if (yes || word_take(r, "false")) {
		v->kind = GVARIANT_BOOL;
		v->item.number = yes;
		return true;
	}
	if (word_take(r, "@s") || *r->at == '\'' || *r->at == '"') {
		v->kind = GVARIANT_STRING;
		return string_read(r, &v->item.text);
	}
	if (!strspn(r->at, "+-0123456789"))
		return fail(r, "is no value; a string needs quotes");
	return integer_read(r, NULL, v);
}

const char *gvariant_parse(struct arena *a, const char *text, struct gvariant *value)
{
	struct reader r = { a, text, NULL };

	*value = (struct gvariant){ 0 };
	blanks_skip(&r);
	if (value_read(&r, value) && *r.at)
		(void)fail(&r, "has something behind the value");
	return r.wrong;
}
