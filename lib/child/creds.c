/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the program will be. First the bounding set, groups and ids, which need
 * privileges; the capabilities themselves last, after the seccomp filter. All
 * of it is read back: a program with other rights than asked for never runs.
 */
#include "child.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "hull/sys.h"

static struct err *bounding_set(const struct cred_plan *c)
{
	if (!c->set_caps)
		return NULL;
	for (int cap = 0; cap <= c->last_cap; cap++)
		if (!(c->caps[CAPS_BOUNDING] >> cap & 1) && prctl(PR_CAPBSET_DROP, cap) < 0)
			return err_sys("prctl PR_CAPBSET_DROP", NULL);
	return NULL;
}

/* Whether groups were asked for, but for the process's own, which it has anyway. */
static bool wants_groups(const struct cred_plan *c)
{
	for (size_t i = 0; i < c->groups.n; i++)
		if (c->groups.v[i] != c->gid)
			return true;
	return false;
}

static struct err *groups_set(const struct plan *plan)
{
	const struct cred_plan *c = &plan->cred;
	struct err *err;

	if (c->keep_groups || (!c->groups.n && plan->ns.deny_setgroups))
		return NULL;
	if (setgroups(c->groups.n, c->groups.v) == 0)
		return NULL;
	/* In a user namespace that others made they may be denied: a user with a single id. */
	if (errno == EPERM && !wants_groups(c))
		return NULL;
	err = err_sys("setgroups", NULL);
	return err_at(err, plan->doc, plan->spec->process->user, "additionalGids");
}

/* user_namespaces(7): EINVAL for an id that is not mapped. */
static struct err *id_failed(const struct plan *plan, const char *call)
{
	struct err *err = err_sys(call, NULL);

	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT,
			      "the id is not mapped in the user namespace that the "
			      "container's first process is in");
	return err_at(err, plan->doc, plan->spec->process, "user");
}

struct err *ids_set(const struct plan *plan, struct live *live)
{
	const struct cred_plan *c = &plan->cred;
	struct err *err;

	(void)live;
	err = bounding_set(c);
	if (!err && prctl(PR_SET_KEEPCAPS, 1) < 0)
		err = err_sys("prctl PR_SET_KEEPCAPS", NULL);
	if (!err)
		err = groups_set(plan);
	if (err)
		return err;
	if (setresgid(c->gid, c->gid, c->gid) < 0)
		return id_failed(plan, "setresgid");
	if (setresuid(c->uid, c->uid, c->uid) < 0)
		return id_failed(plan, "setresuid");
	return NULL;
}

/* Those that cannot be raised are left out: config.md asks for no more than a warning. */
static struct err *ambient_set(uint64_t wanted, int last)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys("prctl PR_CAP_AMBIENT_CLEAR_ALL", NULL);
	for (int cap = 0; cap <= last; cap++)
		if (wanted >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_sys("prctl PR_CAP_AMBIENT_RAISE", NULL);
	return NULL;
}

static struct err *ids_verify(const struct cred_plan *c)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return err_sys("getresuid", NULL);
	for (int i = 0; i < 3; i++)
		if (u[i] != c->uid || g[i] != c->gid)
			return err_new(EPROTO, "the ids are not what was set");
	return NULL;
}

static struct err *caps_verify(const struct caps *want, const struct cred_plan *c)
{
	struct caps have;
	struct err *err = caps_read(&have);

	if (!err && memcmp(&have, want, sizeof(have)) != 0)
		err = err_new(EPROTO, "the capabilities are not what was set");
	for (int cap = 0; cap <= c->last_cap && !err; cap++)
		if (!(c->caps[CAPS_BOUNDING] >> cap & 1) && prctl(PR_CAPBSET_READ, cap) == 1)
			err = err_new(EPROTO, "the bounding set is not what was set");
	return err;
}

static struct err *caps_drop(const struct cred_plan *c)
{
	struct caps have, want;
	struct err *err = caps_read(&have);

	if (err)
		return err;
	/* What we do not have ourselves cannot be granted, which is no failure. */
	want.permitted = c->caps[CAPS_PERMITTED] & have.permitted;
	want.effective = c->caps[CAPS_EFFECTIVE] & want.permitted;
	want.inheritable = c->caps[CAPS_INHERITABLE] & (have.permitted | have.inheritable);
	err = caps_write(&want);
	if (!err)
		err = ambient_set(c->caps[CAPS_AMBIENT] & want.permitted & want.inheritable,
				  c->last_cap);
	return err ? err : caps_verify(&want, c);
}

struct err *caps_set(const struct plan *plan, struct live *live)
{
	const struct cred_plan *c = &plan->cred;
	struct err *err = NULL;

	(void)live;
	if (prctl(PR_SET_KEEPCAPS, 0) < 0)
		return err_sys("prctl PR_SET_KEEPCAPS", NULL);
	if (c->set_caps)
		err = caps_drop(c);
	if (!err)
		err = ids_verify(c);
	if (!err && c->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = err_sys("prctl PR_SET_NO_NEW_PRIVS", NULL);
	umask(plan->exec.umask ? (mode_t)*plan->exec.umask : 0022);
	return err;
}
