/* SPDX-License-Identifier: Apache-2.0 */
/* hull wait: until a container has ended. */
#include "cmd.h"

static struct err *wait_run(struct call *call)
{
	int status;
	struct err *e = hull_wait(call->hull, call->args[0], &status);

	if (!e)
		printf("%d\n", status);
	return e;
}

const struct command wait_command = {
	.name = "wait",
	.args = "ID",
	.help = "Wait until a container has ended, and print its status.",
	.min = 1,
	.max = 1,
	.existing = true,
	.opts = { help_opts },
	.run = wait_run,
};
