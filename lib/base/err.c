/* SPDX-License-Identifier: Apache-2.0 */
/* The error: see err.h. Allocates with xmalloc, also in the child, which is single-threaded. */
#include "hull/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hull/mem.h"

struct err {
	int code;
	char *text;
	char *field[ERR_FIELDS];
};

static PRINTF(1, 0) char *format(const char *fmt, va_list ap)
{
	char brief[256];		/* what does not fit is formatted once more */
	va_list again;
	char *text = NULL;
	int len;

	va_copy(again, ap);
	len = vsnprintf(brief, sizeof(brief), fmt, ap);
	if (len < (int)sizeof(brief))
		text = strdup(brief);
	else if (vasprintf(&text, fmt, again) < 0)
		text = NULL;
	va_end(again);
	if (!text)
		abort();
	return text;
}

static struct err *err_of(int code, char *text)
{
	struct err *e = xmalloc(sizeof(*e));

	*e = (struct err){ .code = code, .text = text };
	return e;
}

const char *errno_words(int code)
{
	static _Thread_local char words[64];
	const char *text = strerrordesc_np(code);

	snprintf(words, sizeof(words), "%s", text ? text : "unknown error");
	/* "RPC version wrong" keeps its capitals, "Permission denied" does not. */
	if (!isupper((unsigned char)words[1]))
		words[0] = (char)tolower((unsigned char)words[0]);
	return words;
}

const char *errno_name(int code)
{
	const char *name = strerrorname_np(code);

	return name ? name : "E?";
}

struct err *err_new(int code, const char *fmt, ...)
{
	va_list ap;
	struct err *e;

	va_start(ap, fmt);
	e = err_of(code, format(fmt, ap));
	va_end(ap);
	return e;
}

struct err *err_sys(const char *call, const char *path)
{
	int code = errno;
	struct err *e = err_new(code, "%s%s%s: %s (%s)", call, path ? " " : "", path ? path : "",
				errno_words(code), errno_name(code));

	e = err_set(e, ERR_CALL, "%s", call);
	return path ? err_set(e, ERR_PATH, "%s", path) : e;
}

struct err *err_add(struct err *e, const char *fmt, ...)
{
	auto_free char *what = NULL;
	auto_free char *old = NULL;
	va_list ap;

	if (!e)
		return NULL;
	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	old = e->text;
	if (asprintf(&e->text, "%s: %s", what, old) < 0)
		abort();
	return e;
}

struct err *err_set(struct err *e, enum err_field field, const char *fmt, ...)
{
	va_list ap;

	if (!e || e->field[field])
		return e;
	va_start(ap, fmt);
	e->field[field] = format(fmt, ap);
	va_end(ap);
	return e;
}

int err_code(const struct err *e)
{
	return e ? e->code : 0;
}

const char *err_text(const struct err *e)
{
	return e ? e->text : "";
}

const char *err_get(const struct err *e, enum err_field field)
{
	return e ? e->field[field] : NULL;
}

/* The form: errno, the sentence, then every field in order, each ended by a NUL. */
char *err_pack(const struct err *e, size_t *size)
{
	char *bytes;
	FILE *f = open_memstream(&bytes, size);

	if (!f)
		abort();
	fprintf(f, "%d%c%s%c", e->code, 0, e->text, 0);
	for (int i = 0; i < ERR_FIELDS; i++)
		fprintf(f, "%s%c", e->field[i] ? e->field[i] : "", 0);
	if (fclose(f))
		abort();
	return bytes;
}

/* Takes one string off the front; what was cut off counts as empty. */
static char *unpack_one(const char **bytes, size_t *size)
{
	size_t len = strnlen(*bytes, *size);
	char *s = memcpy(xmalloc(len + 1), *bytes, len);

	s[len] = 0;
	*bytes += len + (len < *size);
	*size -= len + (len < *size);
	return s;
}

struct err *err_unpack(const char *bytes, size_t size)
{
	auto_free char *code = unpack_one(&bytes, &size);
	struct err *e = err_of((int)strtol(code, NULL, 10), unpack_one(&bytes, &size));

	for (int i = 0; i < ERR_FIELDS; i++) {
		char *s = unpack_one(&bytes, &size);

		if (*s)
			e->field[i] = s;
		else
			free(s);
	}
	return e;
}

void err_free(struct err *e)
{
	if (!e)
		return;
	for (int i = 0; i < ERR_FIELDS; i++)
		free(e->field[i]);
	free(e->text);
	free(e);
}
