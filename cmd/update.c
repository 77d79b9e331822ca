/* SPDX-License-Identifier: Apache-2.0 */
/* hull update: other limits for a container that is there already. */
#include "cmd.h"

struct update_opts {
	struct hull_update update;
	strs settings;
};

/* clang-format off */
#define S struct update_opts
#define SET(name, arg, help) OPT_PAIR(S, settings, NULL, name, arg, help)
static const struct opt update_opts[] = {
	OPT_STR(S, update.resources, "r", "resources", "FILE",
		"Read a linux.resources object from FILE; - is standard input."),
	SET("memory", "SIZE", "Most memory; 512m, 2g, -1 for no limit."),
	SET("memory-reservation", "SIZE", "Memory that is kept from reclaim."),
	SET("memory-swap", "SIZE", "Most memory and swap together."),
	SET("cpu-share", "N", "Weight against other containers; usually 1024."),
	SET("cpu-quota", "N", "Microseconds of CPU time in a period; -1 for no limit."),
	SET("cpu-period", "N", "Microseconds of a period."),
	SET("cpu-burst", "N", "Microseconds that may be saved up."),
	SET("cpu-idle", "N", "1: run only when nothing else does; 0: do not."),
	SET("cpu-rt-period", "N", NULL),
	SET("cpu-rt-runtime", "N", NULL),
	SET("cpuset-cpus", "LIST", "The processors to use."),
	SET("cpuset-mems", "LIST", "The memory nodes to use."),
	SET("pids-limit", "N", "Most processes; -1 for no limit."),
	SET("blkio-weight", "N", "Share of block I/O; 10 to 1000."),
	SET("l3-cache-schema", "TEXT", "Line for the resctrl group: the L3 cache."),
	SET("mem-bw-schema", "TEXT", "Line for the resctrl group: memory bandwidth."),
	SET("device-allow", "RULE", "Allow devices, as in c 1:3 rwm; may be repeated."),
	SET("device-deny", "RULE", "Deny devices; may be repeated."),
	SET("rlimit", "TYPE=LIMIT", "Limit every process, as in nofile=1024:4096; may be repeated."),
	SET("oom-score-adj", "N", "How likely its processes are killed for want of memory."),
	SET("cpu-affinity", "LIST", "The processors of every thread; or all."),
	SET("kernel-memory", "SIZE", NULL),
	SET("kernel-memory-tcp", "SIZE", NULL),
	OPT_WORD_OR(S, update.dry_run, enum hull_print, NULL, "dry-run", "text|json", dry_run_words,
		    "Print what would be done, and do nothing."),
	{ 0 }
};
#undef S
/* clang-format on */

static struct err *update(struct call *call)
{
	const struct update_opts *o = call->opts;
	struct hull_update request = o->update;
	auto_free char *plan = NULL;
	struct err *e;

	request.id = call->args[0];
	request.settings = o->settings.v;
	e = hull_update(call->hull, &request, &plan);
	if (!e && plan)
		text_print(plan);
	return e;
}

const struct command update_command = {
	.name = "update",
	.args = "ID",
	.help = "Change the limits of a container.",
	.min = 1,
	.max = 1,
	.existing = true,
	.size = sizeof(struct update_opts),
	.opts = { update_opts, help_opts },
	.run = update,
};
