/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups below the container's own, as two annotations of crun's ask for.
 * Limits and devices are the upper one's; the process lives in
 *
 *	CGROUP/SUB		run.oci.systemd.subgroup: "/" of its cgroup namespace
 *	CGROUP/SUB/DELEGATED	run.oci.delegate-cgroup: to be seen there, and its own
 *
 * No cgroup has processes and hands on controllers (cgroup-v2.rst, "No
 * Internal Process Constraint"): so the process goes down before they are.
 */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hull/make.h"

/* What is made below a cgroup that stays would stay, too. */
static struct err *place_check(const struct live *live)
{
	if (live->cgroup < 0)
		return err_new(ENOENT, "the container has no cgroup of its own");
	if (live->record->cgroup_existed)
		return err_new(EBUSY, "cgroup %s was there before the container",
			       live->record->cgroup);
	return NULL;
}

/* Moves the child one down: live->cgroup is where it is then. */
static struct err *descend(struct live *live, const char *name)
{
	struct dir above = { live->cgroup, cgroup_path(live->arena, live->record) };
	struct dir below = { .path = arena_printf(live->arena, "%s/%s", above.path, name) };
	auto_fd int made = -1;
	char pid[16];
	struct err *err = directory_make(&above, name, 0755);

	if (!err)
		err = dir_enter(&above, name, O_RDONLY | O_DIRECTORY, 0, &made);
	below.fd = made;
	snprintf(pid, sizeof(pid), "%d", live->pid);
	if (!err)
		err = dir_write(&below, "cgroup.procs", pid);
	if (!err)
		err = controllers_enable(live->arena, &above);
	if (err)
		return err;
	live->record->cgroup_sub = (char *)(below.path + strlen(live->record->cgroup) + 1);
	close(live->cgroup);
	live->cgroup = take_fd(&made);
	return NULL;
}

struct err *cgroup_descend(const struct plan *plan, struct live *live)
{
	const struct json_pair *name = plan->cgroup.sub;
	struct err *err;

	if (!name)
		return NULL;
	err = place_check(live);
	if (!err)
		err = descend(live, name->value);
	return err_at(err_add(err, "%s", name->key), plan->doc, name, NULL);
}

/* The cgroup namespace's root stays where it was made. */
struct err *cgroup_delegate(const struct plan *plan, struct live *live)
{
	const struct json_pair *name = plan->cgroup.delegated;
	struct err *err;

	if (!name)
		return NULL;
	err = place_check(live);
	if (!err)
		err = descend(live, name->value);
	if (!err)
		err = cgroup_give(plan, live);
	return err_at(err_add(err, "%s", name->key), plan->doc, name, NULL);
}
