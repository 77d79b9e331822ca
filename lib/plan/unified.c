/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources.unified: files of cgroup v2 by their names, also those that hull knows nothing
 * of. */
#include "resources.h"

#include <string.h>

/*
 * One write a line: files like io.max take no more at a time. Nothing is a
 * value, too (of cpuset.cpus), but write(2) of no bytes does nothing.
 */
static void pair_plan(struct planner *p, const struct json_pair *pair)
{
	const char *value = pair->value;

	if (!value[strspn(value, "\n")])
		add_write(p, pair->key, "\n", .from = pair);
	while (*value) {
		size_t len = strcspn(value, "\n");

		if (len)
			add_write(p, pair->key, arena_strndup(p->arena, value, len), .from = pair);
		value += len + (value[len] == '\n');
	}
}

/* Whether it is none of the files that hull itself steers the container with. */
static bool pair_check(struct planner *p, const struct json_pair *pair)
{
	static const char *const ours[] = {
		"cgroup.procs", "cgroup.threads",	  "cgroup.kill", "cgroup.freeze",
		"cgroup.type",	"cgroup.subtree_control", NULL
	};

	for (const char *const *file = ours; *file; file++)
		if (!strcmp(*file, pair->key)) {
			refuse(p, pair, NULL,
			       "is no limit: this file says which processes the "
			       "cgroup can have, and what becomes of them");
			return false;
		}
	return true;
}

void unified_plan(struct planner *p, const struct oci_resources *r)
{
	for_each (pair, &r->unified)
		if (pair_check(p, pair))
			pair_plan(p, pair);
}
