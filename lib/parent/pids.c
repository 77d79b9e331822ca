/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes are in a container. */
#include "parent.h"

#include <ctype.h>
#include <fcntl.h>

#include "hull/sys.h"

/* Without a cgroup of its own: all that are in the same pid namespace as its first process. */
static struct err *namespace_pids(struct arena *a, const struct record *r, pid_list *list)
{
	struct dir proc = { .path = "/proc" };
	auto_fd int fd = -1;
	names all = { 0 };
	struct stat own, other;
	struct err *err = path_stat(arena_printf(a, "/proc/%d/ns/pid", r->pid), &own);

	if (err || !r->private_pidns) {
		err_free(err);
		if (record_life(r) != STATUS_STOPPED)
			*list_add(a, list) = r->pid;
		return NULL;
	}
	err = path_open(proc.path, O_RDONLY | O_DIRECTORY, &fd);
	proc.fd = fd;
	if (!err)
		err = dir_list(a, &proc, &all);
	for_each (name, &all) {
		struct err *gone;

		if (!isdigit((unsigned char)**name))
			continue;
		gone = path_stat(arena_printf(a, "/proc/%s/ns/pid", *name), &other);
		if (!gone && own.st_ino == other.st_ino && own.st_dev == other.st_dev)
			*list_add(a, list) = (pid_t)strtol(*name, NULL, 10);
		err_free(gone);
	}
	return err;
}

struct err *container_pids(struct arena *a, const struct record *r, pid_list *list)
{
	return r->cgroup ? cgroup_pids(a, r->cgroup, list) : namespace_pids(a, r, list);
}
