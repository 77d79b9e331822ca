/* SPDX-License-Identifier: Apache-2.0 */
/* hull ps: the processes of a container. */
#include "cmd.h"

enum form { TABLE, JSON };

struct ps_opts {
	enum form format;
	bool container_pids;
};

static const struct word format_words[] = { { "table", TABLE }, { "json", JSON }, { NULL, 0 } };

/* clang-format off */
static const struct opt ps_opts[] = {
	OPT_WORD(struct ps_opts, format, enum form, "f", "format", "table|json", format_words,
		 "The form of the output; table by default."),
	OPT_BOOL(struct ps_opts, container_pids, NULL, "container-pids",
		 "Show the numbers that the processes have inside."),
	{ 0 }
};
/* clang-format on */

static struct err *ps(struct call *call)
{
	const struct ps_opts *o = call->opts;
	char *const *options = call->args + 1;
	auto_free char *text = NULL;
	struct hull_ps request = {
		.id = call->args[0],
		.json = o->format == JSON,
		.container_pids = o->container_pids,
	};
	struct err *e;

	/* What follows the id is for ps(1); -- may stand before it. */
	if (*options && (*options)[0] == '-' && (*options)[1] == '-' && !(*options)[2])
		options++;
	request.options = options;
	e = hull_ps(call->hull, &request, &text);
	if (!e)
		text_print(text);
	return e;
}

const struct command ps_command = {
	.name = "ps",
	.args = "ID [-- PS-OPTION...]",
	.help = "List the processes of a container.",
	.min = 1,
	.max = -1U,
	.options_first = true,
	.existing = true,
	.size = sizeof(struct ps_opts),
	.opts = { ps_opts, help_opts },
	.run = ps,
};
