/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the program is: ids, groups, capabilities. The only file that includes
 * libcap's header; it is asked for names and nothing else.
 */
#include "rooms.h"

#include <ctype.h>
#include <sched.h>
#include <string.h>
#include <sys/capability.h>

/* The same as in crun and what engines write for `--group-add keep-groups`. */
#define KEEP_GROUPS	"run.oci.keep_original_groups"

#define CAP_BIT(n)	((uint64_t)1 << (n))

/* setuid(2) and its kind take it for "leave as it is". */
#define ID_NONE		UINT32_MAX

/* ---- ids ---- */

static void id_check(struct planner *p, const struct oci_user *user, const char *member,
		     uint32_t id, const oci_id_maps *maps, const char *maps_name)
{
	if (id == ID_NONE)
		refuse(p, user, member, "%u means no id", id);
	else if (p->plan->ns.make & CLONE_NEWUSER && idmap_host(maps, id) < 0)
		refuse(p, user, member,
		       "%u is not mapped in the container's user namespace: see linux.%s", id,
		       maps_name);
}

/* Its own group a process is in anyway. */
static void groups_read(struct planner *p, const struct oci_user *user, const oci_id_maps *maps)
{
	bool denied = p->plan->ns.deny_setgroups, refused = false;

	for_each (gid, &user->additional_gids) {
		id_check(p, user, "additionalGids", *gid, maps, "gidMappings");
		refused |= denied && *gid != user->gid;
		if (!denied)
			*list_add(p->arena, &p->plan->cred.groups) = *gid;
	}
	if (refused)
		refuse(p, user, "additionalGids",
		       "no groups can be set in a user namespace with only our own id in it");
}

static void user_read(struct planner *p, const struct oci_user *user)
{
	static const oci_id_maps none;
	const struct oci_linux *lin = p->config->spec.linux;

	p->plan->cred.uid = user->uid;
	p->plan->cred.gid = user->gid;
	id_check(p, user, "uid", user->uid, lin ? &lin->uid_mappings : &none, "uidMappings");
	id_check(p, user, "gid", user->gid, lin ? &lin->gid_mappings : &none, "gidMappings");
	groups_read(p, user, lin ? &lin->gid_mappings : &none);
}

static bool keeps_groups(const struct oci_spec *spec)
{
	for_each (pair, &spec->annotations)
		if (strcmp(pair->key, KEEP_GROUPS) == 0)
			return pair->value && strcmp(pair->value, "1") == 0;
	return false;
}

/* ---- capabilities ---- */

/* The number of CAP_NAME; negative if it has none or the kernel does not know it. */
static int cap_number(const struct planner *p, const char *name)
{
	cap_value_t cap;

	/* libcap would take lower case and bare numbers too. */
	for (const char *c = name; *c; c++)
		if (!isupper((unsigned char)*c) && *c != '_')
			return -1;
	if (cap_from_name(name, &cap) < 0 || cap > p->host->last_cap)
		return -1;
	return cap;
}

/* config.md: a name that cannot be mapped to the kernel's interface is logged as a warning. */
static uint64_t set_read(struct planner *p, char *const *names, size_t n)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		int cap = cap_number(p, names[i]);

		if (cap < 0)
			caution(p, &names[i], NULL, "this kernel has no capability %s", names[i]);
		else
			set |= CAP_BIT(cap);
	}
	return set;
}

/* "CAP_CHOWN"; "" if libcap has no name for it. */
static const char *cap_name(struct arena *a, int cap)
{
	char *name = cap_to_name(cap);
	char *upper = arena_strdup(a, name ? name : "");

	cap_free(name);
	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return upper;
}

/* Takes from @set what the kernel will not give, with a warning for each. */
static void set_limit(struct planner *p, const struct oci_capabilities *caps, const char *member,
		      uint64_t *set, uint64_t limit, const char *call, const char *why)
{
	uint64_t excess = *set & ~limit;

	for (int cap = 0; cap <= p->host->last_cap; cap++)
		if (excess & CAP_BIT(cap))
			caution(p, caps, member, "can't %s capability %s: %s", call,
				cap_name(p->arena, cap), why);
	*set &= limit;
}

static void caps_read(struct planner *p, const struct oci_capabilities *caps)
{
	struct cred_plan *cred = &p->plan->cred;
	uint64_t *set = cred->caps;

	cred->set_caps = true;
	set[CAPS_BOUNDING] = set_read(p, caps->bounding.v, caps->bounding.n);
	set[CAPS_EFFECTIVE] = set_read(p, caps->effective.v, caps->effective.n);
	set[CAPS_INHERITABLE] = set_read(p, caps->inheritable.v, caps->inheritable.n);
	set[CAPS_PERMITTED] = set_read(p, caps->permitted.v, caps->permitted.n);
	set[CAPS_AMBIENT] = set_read(p, caps->ambient.v, caps->ambient.n);

	set_limit(p, caps, "effective", &set[CAPS_EFFECTIVE], set[CAPS_PERMITTED], "make effective",
		  "it is not permitted");
	set_limit(p, caps, "ambient", &set[CAPS_AMBIENT],
		  set[CAPS_PERMITTED] & set[CAPS_INHERITABLE], "raise ambient",
		  "it is not both permitted and inheritable");
}

const char *const *capability_names(struct arena *a)
{
	const char **names = arena_array(a, const char *, CAP_LAST_CAP + 2);
	size_t n = 0;

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		const char *name = cap_name(a, cap);

		/* An old libcap has but numbers for new ones. */
		if (strncmp(name, "CAP_", 4) == 0)
			names[n++] = name;
	}
	return names;
}

void creds_plan(struct planner *p)
{
	static const struct oci_user root;
	const struct oci_process *process = p->config->spec.process;
	struct cred_plan *cred = &p->plan->cred;

	if (!process)
		return;
	cred->last_cap = p->host->last_cap;
	cred->no_new_privs = process->no_new_privileges;
	cred->keep_groups = keeps_groups(&p->config->spec);
	user_read(p, process->user ? process->user : &root);
	if (process->capabilities)
		caps_read(p, process->capabilities);
}
