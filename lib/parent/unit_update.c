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

static struct cgroup_write write_back(struct arena *a, const struct kept_file *file)
{
	const char *old = limit_old(a, file->name, file->value, file->text);

	return (struct cgroup_write){ .file = file->name, .value = old ? old : "" };
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
		for (size_t i = 0; i < countof(limit->files); i++)
			if (limit->files[i].text)
				*list_add(a, &before.writes) = write_back(a, &limit->files[i]);
	if (!u->plan->limits.cgroup.devices.n)
		before.devices.rules.n = 0;
	else if (!before.devices.rules.n)	/* there was no filter */
		list_add(a, &before.devices.rules)->allow = true;
	unit_changes(a, &before, &list);
	return list.n ? scope_set(u->live->record, &list) : NULL;
}
