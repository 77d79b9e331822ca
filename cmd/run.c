/* SPDX-License-Identifier: Apache-2.0 */
/* hull run: create and start; then wait for the program, unless detached. */
#include "cmd.h"

/* clang-format off */
static const struct opt run_opts[] = {
	OPT_BOOL(struct hull_create, detach, "d", "detach", "Return once the program has started."),
	OPT_BOOL(struct hull_create, keep, NULL, "keep", "Keep the container when it has stopped."),
	{ 0 }
};
/* clang-format on */

static struct err *run(struct call *call)
{
	return container_make(call, true);
}

const struct command run_command = {
	.name = "run",
	.args = "ID",
	.help = "Create and start a container, wait for it, delete it.",
	.min = 1,
	.max = 1,
	.size = sizeof(struct hull_create),
	.opts = { create_opts, run_opts, help_opts },
	.run = run,
};
