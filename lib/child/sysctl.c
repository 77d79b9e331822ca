/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl, through a procfs of our own. */
#include "child.h"

#include <errno.h>

#include "hull/sys.h"

struct err *proc_open(bool whole, struct dir *proc)
{
	char *only_processes[] = { (char []){ "subset=pid" } };
	struct err *err = mount_new("proc", "proc", only_processes, whole ? 0 : 1, 0, &proc->fd);

	proc->path = "/proc";
	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT, "a procfs of our own needs a pid namespace of the "
			      "container's, and a host whose /proc is not masked");
	return err;
}

struct err *sysctls_write(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct dir proc;
	struct err *err;

	if (!plan->sysctls.n)
		return NULL;
	err = proc_open(true, &proc);
	if (err)
		return err;
	fd = proc.fd;
	for_each (s, &plan->sysctls) {
		char *file = arena_printf(live->arena, "sys/%s", s->file);

		err = dir_write(&proc, file, s->value);
		if (err)
			return err_at(err, plan->doc, &plan->spec->linux->sysctl, s->from->key);
	}
	return NULL;
}
