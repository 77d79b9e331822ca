/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration, a request and the facts about the host to a plan. */
#include "rooms.h"

/* A room may use what those before it decided. */
static void (*const rooms[])(struct planner *p) = {
	namespaces_plan, idmap_plan,   mounts_plan, devices_plan, cgroup_plan, device_filter_plan,
	sysctl_plan,	 process_plan, sched_plan,  creds_plan,	  seccomp_plan,
};

enum { FIRST_FD = 3 };		/* behind stdin, stdout and stderr */

struct err *plan_make(struct arena *a, const struct config *config, const struct request *request,
		      const struct host *host, findings *found, struct plan *plan)
{
	struct planner p = {
		.arena = a,
		.config = config,
		.request = request,
		.host = host,
		.found = found,
		.plan = plan,
	};

	*plan = (struct plan){
		.doc = &config->doc,
		.spec = &config->spec,
		.id = request->id,
		.bundle = request->bundle,
		.new_keyring = !request->no_new_keyring,
		.cloexec_from = FIRST_FD + request->preserve_fds,
	};
	for (size_t i = 0; i < countof(rooms); i++)
		rooms[i](&p);
	return findings_error(found, config->doc.name);
}
