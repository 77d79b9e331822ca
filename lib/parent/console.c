/* SPDX-License-Identifier: Apache-2.0 */
/* The socket to which the child will send its terminal's other end. */
#include "parent.h"

#include "hull/fd.h"

struct err *console_connect(const struct plan *plan, struct live *live)
{
	if (!plan->tty.terminal || !live->console_path)
		return NULL;
	return err_add(fd_connect(live->console_path, &live->console), "console socket");
}
