/* SPDX-License-Identifier: Apache-2.0 */
/* update: other lines for the container's group in resctrl. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "update.h"

struct err *rdt_save(struct update *u)
{
	const char *group = u->live->record->rdt_group;
	struct err *err;

	if (!u->plan->process.rdt.writes.n)
		return NULL;
	if (!group)
		return err_new(ENOENT, "the container has no group in resctrl");
	u->group.path = group;
	err = path_open(group, O_RDONLY | O_DIRECTORY, &u->group.fd);
	return err ? err : dir_read(&u->group, "schemata", &u->schemata, NULL);
}

struct err *rdt_change(struct update *u)
{
	const struct plan *plan = &u->plan->process;

	for_each (w, &plan->rdt.writes) {
		struct err *err = schemata_write(&u->group, w->line, plan->rdt.root);

		if (err)
			return err_at(err, plan->doc, w->from, w->member);
		u->lines++;
	}
	return NULL;
}

struct err *rdt_restore(struct update *u)
{
	const struct plan *plan = &u->plan->process;
	struct err *err = NULL;

	while (u->lines > 0) {
		const char *line = plan->rdt.writes.v[--u->lines].line;
		const char *old = schemata_line(u->schemata, line);

		if (!old)
			continue;
		old = arena_strndup(u->live->arena, old, strcspn(old, "\n"));
		err = err_both(err, schemata_write(&u->group, old, plan->rdt.root));
	}
	return err;
}
