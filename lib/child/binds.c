/* SPDX-License-Identifier: Apache-2.0 */
/* Bind mounts of mounts[]: a detached copy gets its attributes, then it is attached. */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>

#include "hull/fd.h"
#include "hull/make.h"
#include "hull/sys.h"

#include "target.h"

static struct err *source_open(const struct mount_action *m, int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open(m->source, O_PATH | (m->source_nofollow ? O_NOFOLLOW : 0), &fd);

	if (!err)
		err = mount_clone(fd, m->source, m->recursive, mount);
	/* mount_namespaces(7): what came as one unit into a less privileged namespace. */
	if (err_code(err) == EINVAL && !m->recursive)
		err = err_set(err, ERR_HINT, "in a user namespace, what has mounts below it "
			      "can only be bound with them: use rbind");
	return err;
}

/* The type is asked of the very descriptor that is mounted. */
static struct err *target_open(const struct live *live, const struct mount_action *m, int mount,
			       int *target)
{
	struct err *err;
	struct stat st;

	if (fstat(mount, &st) < 0)
		return err_sys("fstat", m->source);
	if (m->target_nofollow) {
		err = dir_open(&live->root, m->target, O_PATH | O_NOFOLLOW, target);
		if (err_code(err) != ENOENT)
			return err;
		err_free(err);
	}
	if (S_ISDIR(st.st_mode))
		return dir_make(&live->root, m->target, 0755, target);
	return dir_touch(&live->root, m->target, 0644, target);
}

/* Over /proc itself only a procfs may be bound: labels and masks are written there. */
static struct err *proc_check(const struct live *live, const struct mount_action *m, int mount)
{
	if (strcmp(m->target, "/proc"))
		return NULL;
	if (fd_magic(mount) != PROC_SUPER_MAGIC)
		return err_new(EINVAL, "only a procfs may be mounted on /proc");
	return target_plain(live, m->target);
}

/* copy-symlink: the link @to at the target; another one there must be the same. */
static struct err *link_place(const struct live *live, const struct mount_action *m, const char *to)
{
	auto_free char *parent = NULL;
	auto_fd int fd = -1;
	auto_fd int placed = -1;
	char there[PATH_MAX];
	struct dir d = { .fd = -1 };
	const char *name;
	struct err *err;

	path_split(m->target, &parent, &name);
	d.path = parent;
	err = dir_make(&live->root, parent, 0755, &d.fd);
	fd = d.fd;
	if (!err)
		err = link_make(&d, name, to, false);
	if (!err)
		err = dir_open(&d, name, O_PATH | O_NOFOLLOW, &placed);
	if (err)
		return err;
	if (!fd_readlink(placed, there, sizeof(there)) || strcmp(there, to))
		return err_new(EEXIST, "%s: something else is there already", m->target);
	return NULL;
}

/* copy-symlink: a source that is a symbolic link appears as such. False: it is none. */
static bool symlink_copy(const struct live *live, const struct mount_action *m, int mount,
			 struct err **err)
{
	auto_fd int link = -1;
	char to[PATH_MAX];

	*err = NULL;
	if (!m->copy_symlink)
		return false;
	if (mount < 0)
		*err = path_open(m->source, O_PATH | O_NOFOLLOW, &link);
	if (*err || !fd_readlink(mount < 0 ? link : mount, to, sizeof(to)))
		return *err != NULL;
	*err = link_place(live, m, to);
	return true;
}

struct err *bind_make(const struct plan *plan, const struct live *live, const struct mount_action *m,
		      int *mount)
{
	auto_fd int target = -1;
	struct err *err;

	if (symlink_copy(live, m, *mount, &err))
		return err;
	err = *mount < 0 ? source_open(m, mount) : NULL;
	if (!err)
		err = proc_check(live, m, *mount);
	if (!err)
		err = target_open(live, m, *mount, &target);
	if (!err)
		err = mount_set(*mount, m->target, false, m->set, m->clear, 0);
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	if (!err)
		err = mount_propagate(m, *mount);
	return err ? err : target_attach(plan, live, *mount, target, m->target);
}
