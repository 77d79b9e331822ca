/* SPDX-License-Identifier: Apache-2.0 */
/* linux.sysctl, through a procfs of our own if we may have one. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "hull/fd.h"
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

/*
 * The host's procfs, which we have not left yet: which namespace a file of sys
 * speaks of is decided by who opens it. The kernel makes none for us where the pid
 * namespace is not ours: a user's container with the host's pids.
 */
static struct err *proc_of_host(struct dir *proc)
{
	auto_fd int fd = -1;
	struct statfs fs;
	struct err *err = path_open("/proc", O_RDONLY | O_DIRECTORY, &fd);

	if (err)
		return err;
	if (fstatfs(fd, &fs) < 0)
		return err_sys("statfs", "/proc");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_new(EINVAL, "what the host has at /proc is no procfs");
	*proc = (struct dir){ take_fd(&fd), "/proc" };
	return NULL;
}

struct err *sysctls_write(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct dir proc;
	struct err *err;

	if (!plan->sysctls.n)
		return NULL;
	err = proc_open(true, &proc);
	if (err_code(err) == EPERM) {
		err_free(err);		/* says nothing that the writes will not say */
		err = proc_of_host(&proc);
	}
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
