/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts[]: each becomes a detached mount with its attributes, which is then
 * attached to a descriptor of its target. There is no moment at which it is
 * visible without them, and no path is resolved twice.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "hull/fd.h"
#include "hull/make.h"
#include "hull/sys.h"

/* procfs and sysfs carry what protects the host: nobody may have put a link in their place. */
static struct err *plain_dir_check(const struct live *live, const struct mount_action *m)
{
	auto_fd int fd = -1;
	struct err *err = dir_open(&live->root, m->target, O_PATH | O_NOFOLLOW, &fd);
	struct stat st;

	if (err_code(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return err_sys("fstat", m->target);
	if (!S_ISDIR(st.st_mode))
		return err_new(ENOTDIR, "file system %s must be mounted on ordinary directory", m->fstype);
	return NULL;
}

static bool has_option(const struct mount_action *m, const char *key)
{
	for_each (d, &m->data)
		if (!strncmp(*d, key, strlen(key)))
			return true;
	return false;
}

/* The directory to mount on, made if missing; *mode: of one that was there, else 0. */
static struct err *target_dir(const struct live *live, const struct mount_action *m, int *fd,
			      mode_t *mode)
{
	struct err *err = dir_open(&live->root, m->target, O_PATH | O_DIRECTORY, fd);
	struct stat st;

	*mode = 0;
	if (err_code(err) == ENOENT) {
		err_free(err);
		return dir_make(&live->root, m->target, 0755, fd);
	}
	if (!err && fstat(*fd, &st) == 0)
		*mode = st.st_mode & 07777;
	return err;
}

static struct err *propagate(const struct mount_action *m, int mount)
{
	struct err *err = NULL;

	for (size_t i = 0; i < m->propagation.n && !err; i++)
		err = mount_set(mount, m->target, m->propagation.v[i] & MS_REC, 0, 0,
				m->propagation.v[i] & ~(unsigned long)MS_REC);
	return err;
}

/* What was in the directory appears in the new tmpfs. */
static struct err *copy_up(const struct mount_action *m, int target, int mount)
{
	struct dir to = { mount, m->target };
	struct dir from = { -1, m->target };
	auto_fd int fd = -1;
	struct err *err;

	if (!m->copy_up)
		return NULL;
	from.fd = target;
	err = dir_enter(&from, ".", O_RDONLY | O_DIRECTORY, 0, &fd);
	from.fd = fd;
	return err ? err : err_add(tree_copy(&from, &to), "tmpcopyup");
}

/* Where cgroup2 may not be mounted (no cgroup namespace of our own): our part of the host's. */
static struct err *cgroup_bind(const struct live *live, int *mount)
{
	auto_fd int fd = -1;
	const char *path = live->record->cgroup;
	struct err *err;

	if (!path)
		return err_new(EPERM, "cgroup2 may not be mounted, and there is no cgroup to bind");
	err = path_open(path, O_PATH | O_DIRECTORY, &fd);
	return err ? err : mount_clone(fd, path, true, mount);
}

static struct err *filesystem_make(const struct live *live, const struct mount_action *m,
				   mode_t mode, int *mount)
{
	LIST(char *) data = { 0 };
	struct err *err;

	for_each (d, &m->data)
		*list_add(live->arena, &data) = *d;
	/* A tmpfs looks like the directory that it covers. */
	if (mode && !strcmp(m->fstype, "tmpfs") && !has_option(m, "mode="))
		*list_add(live->arena, &data) = arena_printf(live->arena, "mode=%o", mode);
	err = mount_new(m->fstype, m->source, data.v, data.n, m->set, mount);
	if ((err_code(err) == EPERM || err_code(err) == EBUSY) && !strcmp(m->fstype, "cgroup2")) {
		err_free(err);
		err = cgroup_bind(live, mount);
		if (!err)
			err = mount_set(*mount, m->target, true, m->set, m->clear, 0);
	}
	return err;
}

static struct err *new_make(const struct live *live, const struct mount_action *m, int *mount)
{
	auto_fd int target = -1;
	struct err *err = NULL;
	mode_t mode;

	if (!strcmp(m->fstype, "proc") || !strcmp(m->fstype, "sysfs"))
		err = plain_dir_check(live, m);
	if (!err)
		err = target_dir(live, m, &target, &mode);
	if (!err)
		err = filesystem_make(live, m, mode, mount);
	if (!err)
		err = copy_up(m, target, *mount);
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	if (!err)
		err = propagate(m, *mount);
	return err ? err : mount_attach(*mount, target, m->target);
}

static struct err *source_open(const struct mount_action *m, int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open(m->source, O_PATH | (m->source_nofollow ? O_NOFOLLOW : 0), &fd);

	return err ? err : mount_clone(fd, m->source, m->recursive, mount);
}

/* The type is asked of the very descriptor that is mounted. */
static struct err *bind_target(const struct live *live, const struct mount_action *m, int mount,
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
static struct err *bind_check(const struct mount_action *m, int mount)
{
	if (strcmp(m->target, "/proc") || fd_magic(mount) == PROC_SUPER_MAGIC)
		return NULL;
	return err_new(EINVAL, "only a procfs may be mounted on /proc");
}

/* copy-symlink: a source that is a symbolic link appears as such. False: it is none. */
static bool symlink_copy(const struct live *live, const struct mount_action *m, struct err **err)
{
	auto_free char *parent = NULL;
	auto_fd int link = -1;
	char to[PATH_MAX];
	struct dir d = { .fd = -1 };
	const char *name;

	*err = m->copy_symlink ? path_open(m->source, O_PATH | O_NOFOLLOW, &link) : NULL;
	if (*err || link < 0 || !fd_readlink(link, to, sizeof(to)))
		return *err != NULL;
	path_split(m->target, &parent, &name);
	d.path = parent;
	*err = dir_make(&live->root, parent, 0755, &d.fd);
	if (!*err)
		*err = link_make(&d, name, to, false);
	close_p(&d.fd);
	return true;
}

static struct err *bind_make(const struct live *live, const struct mount_action *m, int *mount)
{
	auto_fd int target = -1;
	struct err *err;

	if (symlink_copy(live, m, &err))
		return err;
	err = *mount < 0 ? source_open(m, mount) : NULL;

	if (!err)
		err = bind_check(m, *mount);
	if (!err)
		err = bind_target(live, m, *mount, &target);
	if (!err)
		err = mount_set(*mount, m->target, false, m->set, m->clear, 0);
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	if (!err)
		err = propagate(m, *mount);
	return err ? err : mount_attach(*mount, target, m->target);
}

static struct err *remount(const struct live *live, const struct mount_action *m, int *mount)
{
	struct err *err = dir_open(&live->root, m->target, O_PATH, mount);

	if (!err && m->data.n)
		err = mount_reconfigure(*mount, m->target, m->data.v, m->data.n);
	if (!err)
		err = mount_set(*mount, m->target, false, m->set, m->clear, 0);
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	return err ? err : propagate(m, *mount);
}

static struct err *one_make(const struct plan *plan, struct live *live, size_t i)
{
	const struct mount_action *m = &plan->rootfs.mounts.v[i];
	int *mount = &live->sources[i];
	struct err *err;

	switch (m->kind) {
	case MOUNT_NEW:
		err = new_make(live, m, mount);
		break;
	case MOUNT_BIND:
		err = bind_make(live, m, mount);
		break;
	default:
		err = remount(live, m, mount);
		break;
	}
	/* A descriptor is kept only of what will become read-only at the end. */
	if (!m->late_readonly)
		close_p(&(int){ take_fd(mount) });
	err = err_add(err, "mount %s on %s", m->source ? m->source : m->fstype ? m->fstype : "again",
		      m->target);
	return err_at(err, plan->doc, m->from, NULL);
}

struct err *mounts_make(const struct plan *plan, struct live *live)
{
	struct err *err = NULL;

	for (size_t i = 0; i < plan->rootfs.mounts.n && !err; i++)
		err = one_make(plan, live, i);
	return err;
}
