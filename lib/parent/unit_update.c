/* SPDX-License-Identifier: Apache-2.0 */
/* update: the properties of the container's unit. */
#include "scope.h"
#include "update.h"

struct err *unit_change(struct update *u)
{
	const unit_properties *list = &u->plan->limits.cgroup.unit.properties;
	struct err *err;

	if (!list->n)
		return NULL;
	err = scope_set(u->live->record, list);
	u->told = !err;
	return err;
}

/* What the files said, and the rules for devices: as a plan for which the properties are known. */
struct err *unit_restore(struct update *u)
{
	struct arena *a = u->live->arena;
	struct cgroup_plan before = { .devices = u->plan->devices };
	unit_properties list = { 0 };

	if (!u->told)
		return NULL;
	for_each (limit, &u->limits)
		if (limit->old)
			*list_add(a, &before.writes) =
				(struct cgroup_write){ .file = limit->file, .value = limit->old };
	if (!u->plan->limits.cgroup.devices.n)
		before.devices.rules.n = 0;
	else if (!before.devices.rules.n)	/* there was no filter */
		list_add(a, &before.devices.rules)->allow = true;
	unit_changes(a, &before, &list);
	return list.n ? scope_set(u->live->record, &list) : NULL;
}
