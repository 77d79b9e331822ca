/* SPDX-License-Identifier: Apache-2.0 */
/* hull help, --help and what is said about a misused command. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

struct help_command_opts {
	bool tables;
};

const struct opt help_opts[] = { OPT_HELP, { 0 } };

static const struct opt own_opts[] = {
	OPT_BOOL(struct help_command_opts, tables, NULL, "tables",
		 "Print every command and option as a table for programs."),
	{ 0 }
};

static void opts_list(const char *command, const struct opt *const *tables)
{
	for_each_opt(o, tables)
		printf("%s\t--%s\t%s\t%s\n", command, o->name, o->letters ? o->letters : "-",
		       o->arg ? o->arg : "-");
}

/* Columns: command or "-" for all of them, option, its letters, its value. */
static void tables_print(void)
{
	opts_list("-", global_opts);
	for (const struct command *const *c = commands; *c; c++)
		opts_list((*c)->name, (*c)->opts);
}

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

void usage_print(FILE *f)
{
	fputs("Usage: hull [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n", f);
	for (const struct command *const *c = commands; *c; c++)
		if ((*c)->help)
			fprintf(f, "  %-10s %s\n", (*c)->name, (*c)->help);
	fputs("\nOptions:\n", f);
	opts_print(f, global_opts);
	fputs("\n\"hull COMMAND --help\" tells more about a command, hull(8) about all.\n", f);
}

void command_usage_print(FILE *f, const struct command *command)
{
	fprintf(f, "Usage: hull %s [OPTION]...%s%s\n", command->name, *command->args ? " " : "",
		command->args);
	if (command->help)
		fprintf(f, "%s\n", command->help);
	fputs("\nOptions:\n", f);
	opts_print(f, command->opts);
}

static struct err *help(struct call *call)
{
	const struct help_command_opts *o = call->opts;
	const char *name = call->args[0];
	const struct command *command = name ? command_find(name) : NULL;

	if (name && !command)
		return err_new(EINVAL, "unknown command \"%s\"", name);
	if (o->tables)
		tables_print();
	else if (command)
		command_usage_print(stdout, command);
	else
		usage_print(stdout);
	return NULL;
}

const struct command help_command = {
	.name = "help",
	.args = "[COMMAND]",
	.help = "Explain a command.",
	.max = 1,
	.size = sizeof(struct help_command_opts),
	.opts = { own_opts, help_opts },
	.run = help,
};
