/* SPDX-License-Identifier: Apache-2.0 */
/* hull start: lets a created container's program run. */
#include "cmd.h"

static struct err *start(struct call *call)
{
	return hull_start(call->hull, call->args[0]);
}

const struct command start_command = {
	.name = "start",
	.args = "ID",
	.help = "Start the program of a created container.",
	.min = 1,
	.max = 1,
	.existing = true,
	.opts = { help_opts },
	.run = start,
};
