/* SPDX-License-Identifier: Apache-2.0 */
/* NOTIFY_SOCKET of the caller: the container gets one of its own, see lib/parent/notify.h. */
#include "rooms.h"

#include <string.h>
#include <sys/mount.h>

#define INSIDE	"/run/notify"
#define NAME	"NOTIFY_SOCKET="

static char **env_with(struct arena *a, char *const *env)
{
	LIST(char *) all = { 0 };

	for (; *env; env++)
		if (strncmp(*env, NAME, strlen(NAME)) != 0)
			*list_add(a, &all) = *env;
	*list_add(a, &all) = arena_strdup(a, NAME INSIDE "/notify.sock");
	return all.v;
}

void notify_plan(struct planner *p)
{
	const char *dir = p->request->notify_dir;
	struct plan *plan = p->plan;

	if (!dir || !p->config->spec.process)
		return;
	plan->exec.env = env_with(p->arena, plan->exec.env);
	*list_add(p->arena, &plan->rootfs.mounts) = (struct mount_action){
		.kind = MOUNT_BIND,
		.source = dir,
		.target = INSIDE,
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.by_parent = p->host->euid == 0,
	};
}
