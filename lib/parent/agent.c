/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp.listenerPath: the agent to which the child will send its listener. */
#include "parent.h"

#include "hull/fd.h"

struct err *agent_connect(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!plan->seccomp.notify)
		return NULL;
	err = fd_connect(plan->seccomp.listener_path, &live->listener);
	return err_at(err_add(err, "failed to connect with seccomp agent"), plan->doc,
		      plan->spec->linux->seccomp, "listenerPath");
}
