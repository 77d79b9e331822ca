/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.sysctl. Only what belongs to a namespace of the container's own may be
 * written, or the host would be changed. A name has one canonical form, which
 * is both checked here and opened later: parts joined by slashes.
 */
#include "rooms.h"

#include <sched.h>
#include <string.h>

static const struct rule {
	const char *prefix;		/* of the canonical name; with a final '/': a directory */
	int ns;				/* which namespace isolates it */
	const char *words;
} rules[] = {
	{ "kernel/msg",		CLONE_NEWIPC,	"ipc" },
	{ "kernel/sem",		CLONE_NEWIPC,	"ipc" },
	{ "kernel/shm",		CLONE_NEWIPC,	"ipc" },
	{ "fs/mqueue/",		CLONE_NEWIPC,	"ipc" },
	{ "net/",		CLONE_NEWNET,	"network" },
	{ "kernel/domainname",	CLONE_NEWUTS,	"uts" },
	{ "user/",		CLONE_NEWUSER,	"user" },
	{ 0 }
};

/*
 * sysctl(8): whichever of '.' and '/' comes first separates, the other one is
 * part of a name ("net/ipv4/conf/eno2.100/rp_filter", "net.ipv4.conf.eno2/100.rp_filter").
 */
static char *canonical(struct arena *a, const char *name)
{
	char *file = arena_strdup(a, name);

	if (file[strcspn(file, "./")] == '.')
		for (char *c = file; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return file;
}

static bool is_path(const char *file)
{
	for (const char *part = file; ; ) {
		size_t len = strcspn(part, "/");

		if (!len || (len <= 2 && !strncmp(part, "..", len)))
			return false;
		if (!part[len])
			return true;
		part += len + 1;
	}
}

static const struct rule *rule_of(const char *file)
{
	for (const struct rule *r = rules; r->prefix; r++)
		if (!strncmp(file, r->prefix, strlen(r->prefix)))
			return r;
	return NULL;
}

static void one_plan(struct planner *p, const struct json_pair *pair)
{
	const void *all = &p->config->spec.linux->sysctl;
	const char *file = canonical(p->arena, pair->key);
	const struct rule *r = rule_of(file);

	if (!is_path(file))
		refuse(p, all, pair->key, "is not the name of a sysctl");
	else if (!strcmp(file, "kernel/hostname"))
		refuse(p, all, pair->key, "use the property hostname instead");
	else if (!r)
		refuse(p, all, pair->key, "belongs to no namespace: it would change the host");
	else if (!(p->plan->ns.own & r->ns))
		refuse(p, all, pair->key, "needs a %s namespace of the container's own", r->words);
	else
		*list_add(p->arena, &p->plan->sysctls) =
			(struct sysctl_write){ file, pair->value, pair };
}

void sysctl_plan(struct planner *p)
{
	if (p->config->spec.linux)
		for_each (pair, &p->config->spec.linux->sysctl)
			one_plan(p, pair);
}
