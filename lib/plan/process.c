/* SPDX-License-Identifier: Apache-2.0 */
/* The program: arguments, environment, directory, limits, labels, terminal. */
#include "rooms.h"

#include <string.h>

enum { OOM_MIN = -1000, OOM_MAX = 1000 };	/* proc_pid_oom_score_adj(5) */

/* clang-format off */
const struct name_value rlimit_names[] = {
	{ "RLIMIT_AS",		RLIMIT_AS },
	{ "RLIMIT_CORE",	RLIMIT_CORE },
	{ "RLIMIT_CPU",		RLIMIT_CPU },
	{ "RLIMIT_DATA",	RLIMIT_DATA },
	{ "RLIMIT_FSIZE",	RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS",	RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK",	RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE",	RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",	RLIMIT_NICE },
	{ "RLIMIT_NOFILE",	RLIMIT_NOFILE },
	{ "RLIMIT_NPROC",	RLIMIT_NPROC },
	{ "RLIMIT_RSS",		RLIMIT_RSS },
	{ "RLIMIT_RTPRIO",	RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",	RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING",	RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",	RLIMIT_STACK },
	{ 0 }
};
/* clang-format on */

/* ---- environment ---- */

/* A set of variable names: open addressing, at most half full. */
struct env_set {
	const char **slot;
	size_t mask;
};

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static size_t name_hash(const char *name, size_t len)
{
	uint64_t hash = 14695981039346656037u;	/* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
	return (size_t)hash;
}

static struct env_set env_set_new(struct arena *a, size_t n)
{
	size_t size = 8;

	while (size < 2 * n)
		size *= 2;
	return (struct env_set){ arena_array(a, const char *, size), size - 1 };
}

/* Adds the name of @entry; false if it is there already. */
static bool env_set_add(struct env_set *set, const char *entry)
{
	size_t len = name_length(entry);
	size_t i = name_hash(entry, len) & set->mask;

	for (; set->slot[i]; i = (i + 1) & set->mask)
		if (name_length(set->slot[i]) == len && memcmp(set->slot[i], entry, len) == 0)
			return false;
	set->slot[i] = entry;
	return true;
}

/* Drops all but the last entry of each name, and a HOME that says nothing; v[n] is NULL. */
static char **env_unique(struct arena *a, char *const *v, size_t n, bool *has_home)
{
	struct env_set set = env_set_new(a, n);
	char **out = arena_array(a, char *, n + 1);
	size_t first = n;

	for (size_t i = n; i-- > 0;) {
		bool home = strncmp(v[i], "HOME=", 5) == 0;

		/* What is no NAME=value has no name to be doubled. */
		if (strchr(v[i], '=') && !env_set_add(&set, v[i]))
			continue;
		if (home && !v[i][5])
			continue;
		*has_home |= home;
		out[--first] = v[i];
	}
	return out + first;
}

/* sd_listen_fds(3). In a pid namespace of its own the program is process 1. */
static void env_read(struct planner *p, const struct oci_process *process)
{
	struct exec_plan *exec = &p->plan->exec;
	unsigned listen = p->request->listen_fds;
	bool has_home = false;
	LIST(char *) all = { 0 };

	for_each (entry, &process->env)
		*list_add(p->arena, &all) = *entry;
	if (listen) {
		*list_add(p->arena, &all) = arena_printf(p->arena, "LISTEN_FDS=%u", listen);
		*list_add(p->arena, &all) = arena_strdup(p->arena, "LISTEN_PID=1");
		exec->listens = true;
		if (p->request->listen_names)
			*list_add(p->arena, &all) = arena_printf(p->arena, "LISTEN_FDNAMES=%s",
								 p->request->listen_names);
	}
	exec->env = env_unique(p->arena, all.v, all.n, &has_home);
	exec->need_home = !has_home;
}

/* ---- the rest ---- */

static void exec_read(struct planner *p, const struct oci_process *process)
{
	static char *nothing[] = { NULL };
	struct exec_plan *exec = &p->plan->exec;
	int *umask;

	exec->argv = process->args.n ? process->args.v : nothing;
	exec->cwd = process->cwd;
	exec->keep_fds = p->request->preserve_fds;
	env_read(p, process);

	if (!process->user || !process->user->umask)
		return;
	umask = arena_new(p->arena, int);
	*umask = (int)(*process->user->umask & 0777);
	exec->umask = umask;
}

static void rlimits_read(struct planner *p, const struct oci_process *process)
{
	uint64_t seen = 0;

	for_each (r, &process->rlimits) {
		unsigned long resource;

		if (!r->type || !name_lookup(rlimit_names, r->type, &resource)) {
			refuse(p, r, "type", "unknown resource limit %s",
			       r->type ? r->type : "\"\"");
			continue;
		}
		if (seen & (uint64_t)1 << resource)
			refuse(p, r, "type", "%s is there more than once", r->type);
		if (r->soft > r->hard)
			refuse(p, r, "soft", "%llu is above the hard limit %llu",
			       (unsigned long long)r->soft, (unsigned long long)r->hard);
		seen |= (uint64_t)1 << resource;
		*list_add(p->arena, &p->plan->rlimits) = (struct rlimit_plan){
			.resource = (int)resource,
			.limit = { r->soft, r->hard },
			.from = r,
		};
	}
}

static const char *label_read(struct planner *p, const struct oci_process *process,
			      const char *member, const char *label, bool enabled, const char *lsm)
{
	if (!label || !*label)
		return NULL;
	if (!enabled)
		refuse(p, process, member,
		       "%s is not enabled on this host, so \"%s\" means nothing", lsm, label);
	return label;
}

static void oom_read(struct planner *p, const struct oci_process *process)
{
	const int32_t *adj = process->oom_score_adj;

	if (adj && (*adj < OOM_MIN || *adj > OOM_MAX))
		refuse(p, process, "oomScoreAdj", "%d is not between %d and %d", *adj, OOM_MIN,
		       OOM_MAX);
	p->plan->oom_score_adj = adj;
}

static void tty_read(struct planner *p, const struct oci_process *process)
{
	const struct oci_console_size *size = process->console_size;
	const struct request *req = p->request;
	struct tty_plan *tty = &p->plan->tty;

	tty->terminal = process->terminal;
	if (process->terminal && req->detach && !req->console)
		refuse(p, process, "terminal",
		       "cannot allocate tty if hull will detach without setting console socket");
	if (req->console && !(process->terminal && req->detach))
		refuse(p, process, "terminal",
		       "cannot use console socket if hull will not detach or allocate tty");
	/* config.md: without a terminal its size is ignored. */
	if (!process->terminal || !size)
		return;
	tty->rows = (unsigned short)size->height;
	tty->columns = (unsigned short)size->width;
}

void limits_plan(struct planner *p)
{
	const struct oci_process *process = p->config->spec.process;

	if (!process)
		return;
	rlimits_read(p, process);
	oom_read(p, process);
}

void process_plan(struct planner *p)
{
	const struct oci_process *process = p->config->spec.process;
	struct plan *plan = p->plan;

	if (!process)
		return;
	exec_read(p, process);
	limits_plan(p);
	tty_read(p, process);
	plan->apparmor = label_read(p, process, "apparmorProfile", process->apparmor_profile,
				    p->host->apparmor, "AppArmor");
	plan->selinux = label_read(p, process, "selinuxLabel", process->selinux_label,
				   p->host->selinux, "SELinux");
}
