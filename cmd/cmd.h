/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdio.h>

#include "hull/hull.h"

#include "opts.h"

struct command;

/* What a command is given. */
struct call {
	const struct hull *hull;
	char **argv;			/* of main() */
	const void *opts;		/* the command's struct, filled by its tables */
	char *const *args;		/* between min and max of them; ends with NULL */
	int status;			/* the exit status, if there is no error */
	int failure;			/* the exit status, if there is one; 0: EXIT_FAILURE */
	const struct command *misused;	/* wrong number of arguments: its usage is shown */
};

struct command {
	const char *name, *args, *help;	/* args: as usage calls them; help NULL: not shown */
	unsigned min, max;		/* how many arguments */
	bool options_first;		/* what follows the first argument is no option */
	bool existing;			/* its first argument names a container: completion */
	int failure;			/* the exit status of its own failures, if not EXIT_FAILURE */
	size_t size;			/* of the struct behind opts */
	const struct opt *opts[4];	/* tables; ends with NULL */
	struct err *(*run)(struct call *call);
};

extern const struct command create_command, run_command, start_command, state_command,
			    kill_command, delete_command, list_command, spec_command,
			    exec_command, ps_command, update_command, wait_command,
			    pause_command, resume_command, features_command, events_command,
			    help_command, completion_command;
extern const struct opt help_opts[], create_opts[];
extern const struct word dry_run_words[];

/* Everything that stands on the command line: ends with NULL. */
extern const struct command *const commands[];
extern const struct opt *const global_opts[];

const struct command *command_find(const char *name);	/* NULL if there is none */

/* `hull --help`, and for one command. */
void usage_print(FILE *f);
void command_usage_print(FILE *f, const struct command *command);

/* The lines of --version. @self: argv[0]. */
void version_print(const char *self);

/* --regex: does @one to every container whose id matches; the first error is returned. */
struct err *each_match(const struct hull *h, const char *regex,
		       struct err *(*one)(const struct hull *h, const char *id, void *data),
		       void *data) MUST_CHECK;

/* What create and run have in common, which is nearly all. */
struct err *container_make(struct call *call, bool run) MUST_CHECK;

/* Writes a result to standard output, with a newline at its end. */
void text_print(const char *text);

#endif
