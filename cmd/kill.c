/* SPDX-License-Identifier: Apache-2.0 */
/* hull kill: sends a signal. */
#include "cmd.h"

struct kill_opts {
	bool all, regex;
	const char *signal;		/* an argument, not an option */
};

/* clang-format off */
static const struct opt kill_opts[] = {
	OPT_BOOL(struct kill_opts, all, "a", "all", "Signal every process of the container."),
	OPT_BOOL(struct kill_opts, regex, "r", "regex",
		 "ID is a regular expression: signal all that match."),
	{ 0 }
};
/* clang-format on */

static struct err *kill_one(const struct hull *h, const char *id, void *data)
{
	const struct kill_opts *o = data;

	return hull_kill(h, id, o->signal, o->all);
}

static struct err *kill_run(struct call *call)
{
	struct kill_opts o = *(const struct kill_opts *)call->opts;

	o.signal = call->args[1];
	if (o.regex)
		return each_match(call->hull, call->args[0], kill_one, &o);
	return kill_one(call->hull, call->args[0], &o);
}

const struct command kill_command = {
	.name = "kill",
	.args = "ID [SIGNAL]",
	.help = "Send a signal, SIGTERM by default.",
	.min = 1,
	.max = 2,
	.options_first = true,
	.existing = true,
	.size = sizeof(struct kill_opts),
	.opts = { kill_opts, help_opts },
	.run = kill_run,
};
