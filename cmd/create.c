/* SPDX-License-Identifier: Apache-2.0 */
/* hull create: everything but the user's program. */
#include "cmd.h"
#include "log.h"

const struct word dry_run_words[] = {
	{ "text", HULL_PRINT_TEXT }, { "json", HULL_PRINT_JSON }, { NULL, 0 },
};

/* clang-format off */
#define S struct hull_create
const struct opt create_opts[] = {		/* of run, too */
	OPT_STR(S, bundle, "b", "bundle", "DIR", "The bundle; the working directory by default."),
	OPT_STR(S, config, "f", "config", "FILE", "Read FILE instead of DIR/config.json."),
	OPT_STR(S, console_socket, NULL, "console-socket", "PATH",
		"Send the terminal's master to this socket."),
	OPT_STR(S, pidfd_socket, NULL, "pidfd-socket", "PATH",
		"Send a pidfd of the process to this socket."),
	OPT_STR(S, pid_file, NULL, "pid-file", "FILE", "Write the container's process id there."),
	OPT_UINT(S, preserve_fds, NULL, "preserve-fds", "N", "Hand on N descriptors from 3 on."),
	OPT_BOOL(S, no_pivot, NULL, "no-pivot", "Move the root instead of pivot_root(2)."),
	OPT_BOOL(S, no_new_keyring, NULL, "no-new-keyring", "Keep the caller's session keyring."),
	OPT_BOOL(S, no_subreaper, NULL, "no-subreaper",
		 "Do not adopt orphans of the container."),
	OPT_WORD_OR(S, dry_run, enum hull_print, NULL, "dry-run", "text|json", dry_run_words,
		    "Print what would be done, and do nothing."),
	{ 0 }
};

static const struct opt own_opts[] = {
	/* create never waits; go-runc may say so nevertheless. */
	OPT_BOOL(S, detach, "d", "detach", NULL),
	{ 0 }
};
#undef S
/* clang-format on */

struct err *container_make(struct call *call, bool run)
{
	struct hull_create request = *(const struct hull_create *)call->opts;
	auto_free char *plan = NULL;
	struct err *e;

	request.id = call->args[0];
	e = request.dry_run ? NULL : hull_seal(call->hull, call->argv);
	if (!e)
		e = run ? hull_run(call->hull, &request, &plan, &call->status)
			: hull_create(call->hull, &request, &plan);
	if (!e && plan)
		text_print(plan);
	return e;
}

static struct err *create(struct call *call)
{
	const struct hull_create *request = call->opts;

	if (!request->dry_run)
		log_quiet();
	return container_make(call, false);
}

const struct command create_command = {
	.name = "create",
	.args = "ID",
	.help = "Create a container, ready to be started.",
	.min = 1,
	.max = 1,
	.size = sizeof(struct hull_create),
	.opts = { create_opts, own_opts, help_opts },
	.run = create,
};
