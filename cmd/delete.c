/* SPDX-License-Identifier: Apache-2.0 */
/* hull delete: removes a container and all that was made for it. */
#include "cmd.h"

struct delete_opts {
	bool force, regex;
};

/* clang-format off */
static const struct opt delete_opts[] = {
	OPT_BOOL(struct delete_opts, force, "f", "force",
		 "Kill a running container first; a missing one is no error."),
	OPT_BOOL(struct delete_opts, regex, "r", "regex",
		 "ID is a regular expression: delete all that match."),
	{ 0 }
};
/* clang-format on */

static struct err *delete_one(const struct hull *h, const char *id, void *data)
{
	const struct delete_opts *o = data;

	return hull_delete(h, id, o->force);
}

static struct err *delete_run(struct call *call)
{
	struct delete_opts o = *(const struct delete_opts *)call->opts;

	if (o.regex)
		return each_match(call->hull, call->args[0], delete_one, &o);
	return delete_one(call->hull, call->args[0], &o);
}

const struct command delete_command = {
	.name = "delete",
	.args = "ID",
	.help = "Delete a container that has stopped.",
	.min = 1,
	.max = 1,
	.existing = true,
	.size = sizeof(struct delete_opts),
	.opts = { delete_opts, help_opts },
	.run = delete_run,
};
