/* SPDX-License-Identifier: Apache-2.0 */
/* hull state: the state document of one container. */
#include "cmd.h"

static struct err *state(struct call *call)
{
	auto_free char *json = NULL;
	struct err *e = hull_state(call->hull, call->args[0], &json);

	if (!e)
		text_print(json);
	return e;
}

const struct command state_command = {
	.name = "state",
	.args = "ID",
	.help = "Print the state of a container as JSON.",
	.min = 1,
	.max = 1,
	.existing = true,
	.opts = { help_opts },
	.run = state,
};
