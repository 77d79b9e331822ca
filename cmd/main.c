/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hull, the program: global options, the command, and the one place that
 * decides what the exit status is. 0: done; 1: not done; else the status of
 * the container's program.
 */
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* clang-format off */
const struct command *const commands[] = {
	&create_command, &run_command, &start_command, &exec_command, &state_command,
	&ps_command, &events_command, &update_command, &pause_command, &resume_command,
	&wait_command, &kill_command, &delete_command, &list_command, &spec_command,
	&features_command,
	&help_command, &completion_command, NULL,
};
/* clang-format on */

struct globals {
	const char *root, *log, *trace;
	enum log_format log_format;
	enum log_level log_level;
	enum hull_cgroup_manager cgroup_manager;
	bool version;
	const char *ignored;
};

/* clang-format off */
static const struct word log_format_words[] = {
	{ "text", LOG_TEXT }, { "json", LOG_JSON }, { NULL, 0 },
};
static const struct word log_level_words[] = {
	{ "error", LEVEL_ERROR }, { "warning", LEVEL_WARNING }, { "debug", LEVEL_DEBUG }, { NULL, 0 },
};
static const struct word debug_words[] = {
	{ "true", LEVEL_DEBUG }, { "false", LEVEL_UNSET },
	{ "1", LEVEL_DEBUG }, { "0", LEVEL_UNSET }, { NULL, 0 },
};
static const struct word cgroup_words[] = {
	{ "cgroupfs", HULL_CGROUPFS }, { "systemd", HULL_SYSTEMD },
	{ "disabled", HULL_CGROUP_DISABLED }, { NULL, 0 },
};
static const struct word systemd_words[] = {
	{ "true", HULL_SYSTEMD }, { "false", HULL_CGROUPFS },
	{ "1", HULL_SYSTEMD }, { "0", HULL_CGROUPFS }, { NULL, 0 },
};

#define S struct globals
static const struct opt opts[] = {
	OPT_STR(S, root, NULL, "root", "DIR",
		"Where containers are recorded; /run/hull by default."),
	OPT_STR(S, log, NULL, "log", "DEST",
		"Log to FILE, file:FILE, journald:ID or syslog:ID."),
	OPT_WORD(S, log_format, enum log_format, NULL, "log-format", "text|json",
		 log_format_words, "The form of log records."),
	OPT_WORD(S, log_level, enum log_level, NULL, "log-level", "LEVEL", log_level_words,
		 "Log error, warning or debug and what is worse."),
	OPT_WORD_OR(S, log_level, enum log_level, NULL, "debug", NULL, debug_words,
		    "The same as --log-level=debug."),
	OPT_WORD(S, cgroup_manager, enum hull_cgroup_manager, NULL, "cgroup-manager", "NAME",
		 cgroup_words, "Make cgroups by cgroupfs or systemd; or disabled."),
	OPT_WORD_OR(S, cgroup_manager, enum hull_cgroup_manager, NULL, "systemd-cgroup", NULL,
		    systemd_words, "The same as --cgroup-manager=systemd."),
	OPT_STR(S, trace, NULL, "trace", "FILE", "Write how long each step took to FILE."),
	OPT_STR(S, ignored, NULL, "rootless", "VALUE", "Ignored: hull sees for itself."),
	OPT_STR(S, ignored, NULL, "criu", "PATH", "Ignored."),
	OPT_BOOL(S, version, "vV", "version", "Print versions."),
	{ 0 }
};
#undef S
/* clang-format on */

const struct opt *const global_opts[] = { opts, help_opts, NULL };

void text_print(const char *text)
{
	size_t len = strlen(text);

	fwrite(text, 1, len, stdout);
	if (!len || text[len - 1] != '\n')
		putchar('\n');
}

static struct err *args_check(const struct command *command, size_t n)
{
	if (n >= command->min && n <= command->max)
		return NULL;
	if (command->min == command->max)
		return err_new(EINVAL, "%s needs %s argument%s, %zu given", command->name,
			       command->min == 1 ? "exactly one" : "no",
			       command->min == 1 ? "" : "s", n);
	if (command->max == -1U)
		return err_new(EINVAL, "%s needs at least %u argument%s, %zu given", command->name,
			       command->min, command->min == 1 ? "" : "s", n);
	return err_new(EINVAL, "%s needs %u to %u arguments, %zu given", command->name,
		       command->min, command->max, n);
}

/* Runs the command that @args begin with. */
static struct err *command_run(struct arena *a, struct call *call, char **args)
{
	const struct command *command = command_find(args[0]);
	struct parsed parsed = { 0 };
	void *to;
	struct err *e;

	if (!command)
		return err_set(err_new(EINVAL, "unknown command \"%s\"", args[0]), ERR_HINT,
			       "\"hull help\" lists them");
	call->failure = command->failure;
	to = arena_alloc(a, 1, command->size);
	e = opts_parse(a, command->opts, args + 1, command->options_first, to, &parsed);
	if (e)
		return err_set(err_set(err_add(e, "%s", command->name), ERR_HINT,
				       "see \"hull %s --help\"", command->name),
			       ERR_VERB, "%s", command->name);
	if (parsed.help) {
		command_usage_print(stdout, command);
		return NULL;
	}
	e = args_check(command, parsed.args.n);
	if (e) {
		call->misused = command;
		return err_set(e, ERR_VERB, "%s", command->name);
	}
	call->opts = to;
	call->args = parsed.args.n ? parsed.args.v : (char *[]){ NULL };
	return command->run(call);
}

/* What was asked for; the log is open. */
static struct err *hull_main(struct arena *a, const struct globals *g, const struct parsed *parsed,
			     struct call *call)
{
	const struct hull hull = {
		.root = g->root,
		.cgroup_manager = g->cgroup_manager,
		.trace = g->trace,
		.warn = log_warn,
	};

	log_argv(call->argv);
	if (parsed->help || g->version) {
		if (parsed->help)
			usage_print(stdout);
		else
			version_print(call->argv[0]);
		return NULL;
	}
	if (!parsed->args.n)
		return err_set(err_new(EINVAL, "no command given"), ERR_HINT, "see \"hull help\"");
	call->hull = &hull;
	return command_run(a, call, parsed->args.v);
}

/* Told to end, we end as others do: by that signal, so that a shell sees it. */
static void end_as_told(const struct err *e)
{
	const char *number = err_get(e, ERR_SIGNAL);
	int n = number ? (int)strtol(number, NULL, 10) : 0;
	sigset_t set;

	if (n <= 0)
		return;
	sigemptyset(&set);
	sigaddset(&set, n);
	(void)signal(n, SIG_DFL);
	(void)raise(n);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	auto_arena struct arena arena = { 0 };
	struct globals g = { 0 };
	struct parsed parsed = { 0 };
	struct call call = { .argv = argv };
	auto_err struct err *e = hull_init();

	if (!e && argc > 0)
		e = opts_parse(&arena, global_opts, argv + 1, true, &g, &parsed);
	if (!e)
		e = log_open(g.log, g.log_format, g.log_level);
	if (!e)
		e = hull_main(&arena, &g, &parsed, &call);
	/* A full disk must not look like an empty answer. */
	if (!e && (fflush(stdout) || ferror(stdout)))
		e = err_sys("write", "standard output");
	if (!e)
		return call.status;
	/* The error first: conmon passes on the beginning of standard error. */
	log_error(e);
	if (call.misused)
		command_usage_print(stderr, call.misused);
	end_as_told(e);
	return call.failure ? call.failure : EXIT_FAILURE;
}
