/* SPDX-License-Identifier: Apache-2.0 */
/* hull pause and hull resume: stop all processes of a container, and let them run again. */
#include "cmd.h"

static struct err *pause_run(struct call *call)
{
	return hull_pause(call->hull, call->args[0]);
}

static struct err *resume_run(struct call *call)
{
	return hull_resume(call->hull, call->args[0]);
}

const struct command pause_command = {
	.name = "pause",
	.args = "ID",
	.help = "Stop all processes of a container.",
	.min = 1,
	.max = 1,
	.existing = true,
	.opts = { help_opts },
	.run = pause_run,
};

const struct command resume_command = {
	.name = "resume",
	.args = "ID",
	.help = "Let a paused container run again.",
	.min = 1,
	.max = 1,
	.existing = true,
	.opts = { help_opts },
	.run = resume_run,
};
