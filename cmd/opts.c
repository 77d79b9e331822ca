/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser: see opts.h. Knows no option; the tables stand with their commands. */
#include "opts.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* The words of --flag=WORD; as Go's flag package, which callers are used to. */
static const struct word bool_words[] = {
	{ "true", true }, { "false", false }, { "1", true }, { "0", false }, { NULL, 0 },
};

static const struct word *word_find(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

/* "table, json" */
static char *words_join(struct arena *a, const struct word *words)
{
	char *text = arena_strdup(a, words->name);

	while ((++words)->name)
		text = arena_printf(a, "%s, %s", text, words->name);
	return text;
}

/* Is it one of @o's names? @len: without "=VALUE". */
static bool opt_named(const struct opt *o, const char *name, size_t len)
{
	if (len == 1)
		return o->letters && strchr(o->letters, *name);
	return strlen(o->name) == len && !strncmp(o->name, name, len);
}

static const struct opt *opt_find(const struct opt *const *tables, const char *name, size_t len)
{
	for_each_opt(o, tables)
		if (len && opt_named(o, name, len))
			return o;
	return NULL;
}

static bool opt_takes_value(const struct opt *o)
{
	return o->kind == OPT_IS_STR || o->kind == OPT_IS_STRS || o->kind == OPT_IS_UINT ||
	       o->kind == OPT_IS_PAIR || (o->kind == OPT_IS_WORD && !o->optional);
}

static struct err *uint_parse(const struct opt *o, const char *value, unsigned *n)
{
	unsigned long wide;
	char *end;

	errno = 0;
	wide = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno || wide > INT_MAX)
		return err_new(EINVAL, "--%s: expected a number, not \"%s\"", o->name, value);
	*n = (unsigned)wide;
	return NULL;
}

/* @value NULL: there was none, and none is needed. */
static struct err *opt_set(struct arena *a, const struct opt *o, const char *value, void *to)
{
	void *at = (char *)to + o->offset;
	const struct word *words = o->kind == OPT_IS_WORD ? o->words : bool_words;
	const struct word *w;

	if (o->kind == OPT_IS_UINT)
		return uint_parse(o, value, at);
	/* Callers write --pid-file "" and --log-format "": as if it were not there. */
	if (o->kind == OPT_IS_STR) {
		*(const char **)at = *value ? value : NULL;
		return NULL;
	}
	if (o->kind == OPT_IS_STRS) {
		*list_add(a, (strs *)at) = arena_strdup(a, value);
		return NULL;
	}
	if ((o->kind == OPT_IS_WORD || o->kind == OPT_IS_PAIR) && value && !*value)
		return NULL;
	if (o->kind == OPT_IS_PAIR) {
		*list_add(a, (strs *)at) = arena_strdup(a, o->name);
		*list_add(a, (strs *)at) = arena_strdup(a, value);
		return NULL;
	}
	w = value ? word_find(words, value) : words;
	if (!w)
		return err_new(EINVAL, "--%s: expected one of %s, not \"%s\"", o->name,
			       words_join(a, words), value);
	if (o->kind == OPT_IS_WORD)
		*(int *)at = w->value;
	else
		*(bool *)at = w->value;
	return NULL;
}

/* Reads the option at **argv and moves *argv to the last word of it. */
static struct err *opt_take(struct arena *a, const struct opt *const *tables, char ***argv,
			    void *to, struct parsed *parsed)
{
	char *word = **argv;
	char *name = word + 1 + (word[1] == '-');
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct opt *o = opt_find(tables, name, len);

	if (!o)
		return err_new(EINVAL, "unknown option %.*s", (int)(name - word + len), word);
	if (!value && opt_takes_value(o)) {
		value = (*argv)[1];
		/* "requires an argument" is what podman looks for in a probe. */
		if (!value)
			return err_new(EINVAL, "option %s requires an argument", word);
		(*argv)++;
	}
	if (o->kind != OPT_IS_HELP)
		return opt_set(a, o, value, to);
	parsed->help = true;
	return NULL;
}

struct err *opts_parse(struct arena *a, const struct opt *const *tables, char **argv,
		       bool options_first, void *to, struct parsed *parsed)
{
	bool options = true;

	for (; *argv; argv++) {
		struct err *e;

		if (options && !strcmp(*argv, "--")) {
			options = false;
			continue;
		}
		/* A lone "-" is an argument: it means standard input. */
		if (!options || **argv != '-' || !(*argv)[1]) {
			*list_add(a, &parsed->args) = *argv;
			options = options && !options_first;
			continue;
		}
		e = opt_take(a, tables, &argv, to, parsed);
		if (e)
			return e;
	}
	return NULL;
}

void opts_print(FILE *f, const struct opt *const *tables)
{
	for_each_opt(o, tables) {
		char left[40];
		const char *open = !o->arg ? "" : o->optional ? "[=" : " ";

		if (!o->help)
			continue;
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s%s", o->letters ? '-' : ' ',
			 o->letters ? *o->letters : ' ', o->letters ? ',' : ' ', o->name, open,
			 o->arg ? o->arg : "", o->arg && o->optional ? "]" : "");
		fprintf(f, "  %-32s %s\n", left, o->help);
	}
}
