/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_OPTS_H
#define CMD_OPTS_H

#include <stdbool.h>
#include <stdio.h>

#include "hull/mem.h"

/*
 * Options, described once by tables: the same rows parse the command line,
 * print the usage text and make the shell completions.
 *
 *	--name VALUE  --name=VALUE  -n VALUE  -n=VALUE
 *	--flag  --flag=false  -f
 *
 * One dash or two: go-runc writes -no-subreaper. So letters do not combine.
 * The last of several wins. "--" ends the options.
 */
enum opt_kind { OPT_IS_HELP, OPT_IS_BOOL, OPT_IS_STR, OPT_IS_STRS, OPT_IS_UINT, OPT_IS_WORD,
		OPT_IS_PAIR };

/*
 * What an option that may be repeated gathers; v is NULL if it was not given.
 * OPT_IS_PAIR: many options gather their names and values in one, in order.
 */
typedef LIST(char *) strs;

/* One of the values that an option takes. */
struct word {
	const char *name;
	int value;
};

struct opt {
	const char *name;		/* without dashes; NULL ends a table */
	const char *letters;		/* every letter is a short form; NULL for none */
	const char *arg;		/* what usage calls its value; NULL for a flag */
	const char *help;		/* a sentence; NULL: accepted but not shown */
	enum opt_kind kind;
	size_t offset;
	const struct word *words;	/* OPT_IS_WORD: ends with NULL */
	bool optional;			/* without =VALUE it means the first word */
};

/* offsetof, but only if the member has exactly the C type T. */
#define OPT_AT(S, m, T) \
	(offsetof(S, m) + 0 * sizeof(struct { _Static_assert( \
		__builtin_types_compatible_p(__typeof__(((S *)0)->m), T), \
		#S "." #m " is not a " #T); char c; }))

/* clang-format off */
#define OPT_BOOL(S, m, l, n, h)		{ n, l, NULL, h, OPT_IS_BOOL, OPT_AT(S, m, bool) }
#define OPT_STR(S, m, l, n, a, h)	{ n, l, a, h, OPT_IS_STR, OPT_AT(S, m, const char *) }
#define OPT_STRS(S, m, l, n, a, h)	{ n, l, a, h, OPT_IS_STRS, OPT_AT(S, m, strs) }
#define OPT_PAIR(S, m, l, n, a, h)	{ n, l, a, h, OPT_IS_PAIR, OPT_AT(S, m, strs) }
#define OPT_UINT(S, m, l, n, a, h)	{ n, l, a, h, OPT_IS_UINT, OPT_AT(S, m, unsigned) }
#define OPT_WORD(S, m, T, l, n, a, w, h) { n, l, a, h, OPT_IS_WORD, OPT_AT(S, m, T), w }
/* A word that may be left out; with @a NULL it looks like a flag. */
#define OPT_WORD_OR(S, m, T, l, n, a, w, h) { n, l, a, h, OPT_IS_WORD, OPT_AT(S, m, T), w, true }
#define OPT_HELP			{ "help", "h?", NULL, "Print this text.", OPT_IS_HELP }
/* clang-format on */

struct parsed {
	LIST(char *) args;		/* what is not an option, in order */
	bool help;			/* --help was there */
};

/*
 * Reads @argv (ends with NULL) by @tables (ends with NULL) into the struct at
 * @to. With @options_first all that follows the first argument is an argument.
 */
struct err *opts_parse(struct arena *a, const struct opt *const *tables, char **argv,
		       bool options_first, void *to, struct parsed *parsed) MUST_CHECK;

/* One line for every option that is shown. */
void opts_print(FILE *f, const struct opt *const *tables);

/* Every row of every table. Two loops: do not break out of it. */
#define for_each_opt(o, tables) \
	for (const struct opt *const *t_ = (tables); *t_; t_++) \
		for (const struct opt *o = *t_; o->name; o++)

#endif
