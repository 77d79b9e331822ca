/* SPDX-License-Identifier: Apache-2.0 */
/* hull events: what a container uses, and kills for want of memory. */
#include "cmd.h"

#include <signal.h>

struct events_opts {
	const char *interval;
	bool stats;
};

/* clang-format off */
static const struct opt events_opts[] = {
	OPT_STR(struct events_opts, interval, NULL, "interval", "DURATION",
		"The time between two objects, as 500ms or 1m30s; 5s by default."),
	OPT_BOOL(struct events_opts, stats, NULL, "stats", "Print one object, and end."),
	{ 0 }
};
/* clang-format on */

/* Again, and this time by default. */
static void die(int signal)
{
	(void)raise(signal);
}

/*
 * A signal that kills cuts off what is just being written; one that is caught
 * does not, but ends a write to a reader who does not read. So the first is
 * caught, and we die of it right after that.
 */
static void lines_protect(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = die, .sa_flags = (int)SA_RESETHAND }, old;

	for (size_t i = 0; i < countof(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			(void)sigaction(signals[i], &action, NULL);
}

static struct err *events(struct call *call)
{
	const struct events_opts *o = call->opts;
	const struct hull_events request = {
		.id = call->args[0],
		.interval = o->interval,
		.stats = o->stats,
		.to = STDOUT_FILENO,
	};

	/* A reader who goes away ends us, but that is no failure. */
	(void)signal(SIGPIPE, SIG_IGN);
	lines_protect();
	return hull_events(call->hull, &request);
}

const struct command events_command = {
	.name = "events",
	.args = "ID",
	.help = "Print what a container uses, again and again.",
	.min = 1,
	.max = 1,
	.existing = true,
	.size = sizeof(struct events_opts),
	.opts = { events_opts, help_opts },
	.run = events,
};
