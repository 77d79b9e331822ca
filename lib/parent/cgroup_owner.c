/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving the container's cgroup to its user, who can then make cgroups below
 * it and cannot raise its limits: config-linux.md, "Cgroup ownership".
 */
#include "parent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's list of what may be given away (since Linux 4.15); without it, that of the text. */
static struct err *files_read(char **entries)
{
	static const char usual[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	struct err *err = path_read("/sys/kernel/cgroup/delegate", entries, NULL);

	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	*entries = strdup(usual);
	if (!*entries)
		abort();
	return NULL;
}

struct err *cgroup_give(const struct plan *plan, struct live *live)
{
	struct dir d = { live->cgroup, cgroup_path(live->arena, live->record) };
	auto_free char *entries = NULL;
	struct err *err;

	/* One that was there before us is not ours to give. */
	if (!plan->cgroup.owner || live->cgroup < 0 || live->record->cgroup_existed)
		return NULL;
	err = files_read(&entries);
	if (!err)
		err = dir_chown(&d, ".", *plan->cgroup.owner);
	for (char *save = NULL, *n = err ? NULL : strtok_r(entries, "\n", &save); n && !err;
	     n = strtok_r(NULL, "\n", &save)) {
		err = dir_chown(&d, n, *plan->cgroup.owner);
		if (err_code(err) == ENOENT) {	/* of a controller that is not here */
			err_free(err);
			err = NULL;
		}
	}
	return err_add(err, "give the cgroup to its user");
}
