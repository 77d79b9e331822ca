/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hull completion: scripts for shells, made from the tables of options. The
 * sentences of the tables stand in double quotes there, so they contain none,
 * nor any of $ ` \ [ ].
 */
#include "cmd.h"

#include <errno.h>
#include <string.h>

static bool opt_takes_word(const struct opt *o)
{
	return o->kind == OPT_IS_WORD && o->arg;
}

/* ---- bash ---- */

static void bash_words(const struct opt *const *tables)
{
	for_each_opt(o, tables)
		if (o->help)
			printf(" --%s%s", o->name, o->optional && o->arg ? "=" : "");
}

/* The words that can follow an option. @command: "" for the options of all. */
static void bash_values(const char *command, const struct opt *const *tables)
{
	for_each_opt(o, tables) {
		if (!opt_takes_word(o) || o->optional)
			continue;
		printf("\t'%s --%s')\twords='", command, o->name);
		for (const struct word *w = o->words; w->name; w++)
			printf(" %s", w->name);
		puts("' ;;");
	}
}

static void commands_list(void)
{
	for (const struct command *const *c = commands; *c; c++)
		if ((*c)->help)
			printf(" %s", (*c)->name);
}

static void bash_print(void)
{
	static const char head[] =
		"_hull() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal command='' words='' i commands='";
	static const char search[] =
		" '\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tcase $commands in\n"
		"\t\t*\" ${COMP_WORDS[i]} \"*) command=${COMP_WORDS[i]}; break ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $command in\n"
		"\t'')\twords=$commands'";

	fputs(head, stdout);
	commands_list();
	fputs(search, stdout);
	bash_words(global_opts);
	puts("' ;;");
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t%s)\twords='", (*c)->name);
		bash_words((*c)->opts);
		puts("'");
		if ((*c)->existing)
			puts("\t\t[[ $cur == -* ]] || words=$(hull list --quiet 2>/dev/null)");
		puts("\t\t;;");
	}
	puts("\tesac\n\tcase \"$command $prev\" in");
	bash_values("", global_opts);
	for (const struct command *const *c = commands; *c; c++)
		bash_values((*c)->name, (*c)->opts);
	puts("\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "}\n"
	     "complete -o default -F _hull hull");
}

/* ---- zsh ---- */

static void zsh_opts(const struct opt *const *tables)
{
	for_each_opt(o, tables) {
		if (!o->help)
			continue;
		printf(" \\\n\t\t\"--%s%s[%s]", o->name, !o->arg ? "" : o->optional ? "=-" : "=",
		       o->help);
		if (o->arg)
			printf(":%s:", o->arg);
		if (o->arg && !opt_takes_word(o))
			fputs("_files", stdout);
		for (const struct word *w = o->words; o->arg && w && w->name; w++)
			printf("%s%s%s", w == o->words ? "(" : " ", w->name, w[1].name ? "" : ")");
		putchar('"');
	}
}

static void zsh_print(void)
{
	fputs("#compdef hull\n_hull() {\n\tlocal line state\n\t_arguments -C", stdout);
	zsh_opts(global_opts);
	fputs(" \\\n\t\t'1:command:((", stdout);
	for (const struct command *const *c = commands; *c; c++)
		if ((*c)->help)
			printf("%s\\:\"%s\" ", (*c)->name, (*c)->help);
	puts("))' \\\n\t\t'*::argument:->arguments'\n\tcase $line[1] in");
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t%s) _arguments", (*c)->name);
		zsh_opts((*c)->opts);
		if ((*c)->existing)
			fputs(" \\\n\t\t'1:container:{compadd -- "
			      "$(hull list --quiet 2>/dev/null)}'", stdout);
		puts(" ;;");
	}
	puts("\tesac\n}\ncompdef _hull hull");
}

/* ---- fish ---- */

static void fish_opts(const char *condition, const struct opt *const *tables)
{
	for_each_opt(o, tables) {
		if (!o->help)
			continue;
		printf("complete -c hull -n \"%s\" -l %s", condition, o->name);
		if (o->letters)
			printf(" -s %c", *o->letters);
		if (opt_takes_word(o)) {
			fputs(" -x -a \"", stdout);
			for (const struct word *w = o->words; w->name; w++)
				printf("%s ", w->name);
			putchar('"');
		} else if (o->arg) {
			fputs(" -r", stdout);
		}
		printf(" -d \"%s\"\n", o->help);
	}
}

static void fish_print(void)
{
	fish_opts("__fish_use_subcommand", global_opts);
	for (const struct command *const *c = commands; *c; c++) {
		char condition[64];

		snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s",
			 (*c)->name);
		if ((*c)->help)
			printf("complete -c hull -f -n __fish_use_subcommand -a %s -d \"%s\"\n",
			       (*c)->name, (*c)->help);
		fish_opts(condition, (*c)->opts);
		if ((*c)->existing)
			printf("complete -c hull -f -n \"%s\" "
			       "-a \"(hull list --quiet 2>/dev/null)\"\n", condition);
	}
}

static struct err *completion(struct call *call)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", bash_print }, { "zsh", zsh_print }, { "fish", fish_print } };

	for (size_t i = 0; i < countof(shells); i++) {
		if (strcmp(shells[i].name, call->args[0]) != 0)
			continue;
		shells[i].print();
		return NULL;
	}
	return err_new(EINVAL, "completion: expected one of bash, zsh, fish, not \"%s\"",
		       call->args[0]);
}

const struct command completion_command = {
	.name = "completion",
	.args = "SHELL",
	.min = 1,
	.max = 1,
	.opts = { help_opts },
	.run = completion,
};
