/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: opening, checking and entering them. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "hull/dir.h"

struct err *namespace_join(int fd, int type, const char *words)
{
	return setns(fd, type) < 0 ? err_sys("setns", words) : NULL;
}

struct err *namespace_unshare(int types)
{
	if (types && unshare(types) < 0)
		return err_sys("unshare", NULL);
	return NULL;
}

struct err *namespace_open(const char *path, int type, int *fd)
{
	auto_fd int ns = -1;
	struct err *err = path_open(path, O_RDONLY, &ns);

	if (err)
		return err;
	if (fd_magic(ns) != NSFS_MAGIC)
		return err_set(err_new(EINVAL, "%s is not a namespace", path), ERR_PATH, "%s", path);
	if (ioctl(ns, NS_GET_NSTYPE) != type)
		return err_set(err_new(EINVAL, "%s is a namespace of another type", path),
			       ERR_PATH, "%s", path);
	*fd = take_fd(&ns);
	return NULL;
}
