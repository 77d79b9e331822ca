/* SPDX-License-Identifier: Apache-2.0 */
/* hull exec: one more process in a container. */
#include "cmd.h"

/* clang-format off */
enum choice { UNSAID, NO, YES };
static const struct word choice_words[] = {
	{ "true", YES }, { "false", NO }, { "1", YES }, { "0", NO }, { NULL, 0 },
};

struct exec_opts {
	struct hull_exec exec;
	strs env, caps, additional_gids;
	enum choice no_new_privs;
};

#define S struct exec_opts
static const struct opt exec_opts[] = {
	OPT_STR(S, exec.process, "p", "process", "FILE",
		"Run the OCI process object in FILE; other options about it do not count."),
	OPT_STR(S, exec.cwd, NULL, "cwd", "DIR", "The working directory."),
	OPT_STRS(S, env, "e", "env", "NAME=VALUE", "Add to the environment; may be repeated."),
	OPT_BOOL(S, exec.tty, "t", "tty", "Give the process a terminal."),
	OPT_STR(S, exec.user, "u", "user", "UID[:GID]", "Who it is, by number."),
	OPT_STRS(S, additional_gids, "g", "additional-gids", "GID",
		 "Add to its groups; may be repeated."),
	OPT_STRS(S, caps, "c", "cap", "CAP", "Add a capability; may be repeated."),
	OPT_WORD_OR(S, no_new_privs, enum choice, NULL, "no-new-privs", NULL, choice_words,
		    "Set no_new_privs."),
	OPT_STR(S, exec.process_label, NULL, "process-label", "LABEL", "Its SELinux label."),
	OPT_STR(S, exec.apparmor, NULL, "apparmor", "PROFILE", "Its AppArmor profile."),
	OPT_STR(S, exec.cgroup, NULL, "cgroup", "PATH", "A cgroup below the container's."),
	OPT_BOOL(S, exec.ignore_paused, NULL, "ignore-paused", "Also in a paused container."),
	OPT_BOOL(S, exec.detach, "d", "detach", "Return once the program has started."),
	OPT_STR(S, exec.pid_file, NULL, "pid-file", "FILE", "Write its process id there."),
	OPT_STR(S, exec.console_socket, NULL, "console-socket", "PATH",
		"Send the terminal's master to this socket."),
	OPT_STR(S, exec.pidfd_socket, NULL, "pidfd-socket", "PATH",
		"Send a pidfd of the process to this socket."),
	OPT_UINT(S, exec.preserve_fds, NULL, "preserve-fds", "N", "Hand on N descriptors from 3 on."),
	OPT_WORD_OR(S, exec.dry_run, enum hull_print, NULL, "dry-run", "text|json", dry_run_words,
		    "Print what would be done, and do nothing."),
	{ 0 }
};
#undef S
/* clang-format on */

static struct err *exec(struct call *call)
{
	const struct exec_opts *o = call->opts;
	const bool no_new_privs = o->no_new_privs == YES;
	struct hull_exec request = o->exec;
	auto_free char *plan = NULL;
	struct err *e;

	request.id = call->args[0];
	request.argv = call->args + 1;
	request.env = o->env.v;
	request.caps = o->caps.v;
	request.additional_gids = o->additional_gids.v;
	request.no_new_privs = o->no_new_privs == UNSAID ? NULL : &no_new_privs;
	e = request.dry_run ? NULL : hull_seal(call->hull, call->argv);
	if (!e)
		e = hull_exec(call->hull, &request, &plan, &call->status);
	if (!e && plan)
		text_print(plan);
	return e;
}

const struct command exec_command = {
	.name = "exec",
	.args = "ID [PROGRAM [ARG...]]",
	.help = "Run one more program in a container.",
	.min = 1,
	.max = -1U,
	.options_first = true,
	.existing = true,
	.failure = 255,		/* so that it can be told from the program's */
	.size = sizeof(struct exec_opts),
	.opts = { exec_opts, help_opts },
	.run = exec,
};
