/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts[]: each becomes a detached mount with its attributes, which is then
 * attached to a descriptor of its target. There is no moment at which it is
 * visible without them, and no path is resolved twice. Bind mounts are in
 * binds.c.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "../run/sync.h"
#include "hull/make.h"
#include "hull/sys.h"

#include "child.h"
#include "target.h"

static bool has_option(const struct mount_action *m, const char *key)
{
	for_each (d, &m->data)
		if (!strncmp(*d, key, strlen(key)))
			return true;
	return false;
}

/* The directory to mount on, made if missing; *found: what was there, else all zero. */
static struct err *target_dir(const struct live *live, const struct mount_action *m, int *fd,
			      struct stat *found)
{
	bool made = false;
	struct err *err = dir_make_new(&live->root, m->target, 0755, fd, &made);

	*found = (struct stat){ 0 };
	if (!err && !made && fstat(*fd, found) < 0)
		err = err_sys("fstat", m->target);
	return err;
}

struct err *mount_propagate(const struct mount_action *m, int mount)
{
	struct err *err = NULL;

	for (size_t i = 0; i < m->propagation.n && !err; i++)
		err = mount_set(mount, m->target, m->propagation.v[i] & MS_REC, 0, 0,
				m->propagation.v[i] & ~(unsigned long)MS_REC);
	return err;
}

/* ---- what a user namespace may not mount itself ---- */

static struct err *host_clone(const char *path, const struct mount_action *m, uint64_t set, int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open(path, O_PATH | O_DIRECTORY, &fd);

	if (!err)
		err = mount_clone(fd, path, true, mount);
	/* All of it, since the host's mounts below come along (CVE-2023-25809). */
	return err ? err : mount_set(*mount, m->target, true, set, m->clear & ~set, 0);
}

/* A sysfs shows a network namespace, and only its owner may mount it: the host's is the same. */
static struct err *sysfs_instead(const struct plan *plan, const struct live *live,
				 const struct mount_action *m, struct err *why, int *mount)
{
	(void)live;
	if (plan->ns.own & CLONE_NEWNET)
		return err_add(why, "a user namespace may mount a sysfs only "
			       "where nothing covers parts of the host's /sys");
	err_free(why);
	return host_clone("/sys", m, m->set | MOUNT_ATTR_RDONLY, mount);
}

static struct err *proc_instead(const struct plan *plan, const struct live *live,
				const struct mount_action *m, struct err *why, int *mount)
{
	(void)live;
	(void)m;
	(void)mount;
	if (plan->ns.own & CLONE_NEWPID)
		return err_add(why, "a user namespace may mount a procfs only "
			       "where nothing covers parts of the host's /proc");
	return err_add(why, "a user namespace may mount a procfs only with a pid namespace");
}

/* What systemd has made since there are two of us is not in our record, but we are in it. */
static struct err *own_cgroup(const struct plan *plan, const struct live *live, char **cgroup)
{
	*cgroup = live->record->cgroup;
	if (*cgroup || plan->cgroup.manager != CGROUP_SYSTEMD)
		return NULL;
	return cgroup_of(live->arena, live->host->cgroup_root, live->pid, cgroup);
}

/* cgroup2 shows a cgroup namespace; without one of our own: our part of the host's, no more. */
static struct err *cgroup_instead(const struct plan *plan, const struct live *live,
				  const struct mount_action *m, struct err *why, int *mount)
{
	char *cgroup;
	struct err *err = own_cgroup(plan, live, &cgroup);

	if (!err && !cgroup)
		return err_add(why, "there is neither a cgroup namespace to mount nor a cgroup to bind");
	err_free(why);
	return err ? err : host_clone(cgroup, m, m->set, mount);
}

static const struct instead {
	const char *fstype;
	struct err *(*make)(const struct plan *plan, const struct live *live,
			    const struct mount_action *m, struct err *why, int *mount);
} insteads[] = {
	{ "sysfs",   sysfs_instead },
	{ "proc",    proc_instead },
	{ "cgroup2", cgroup_instead },
};

static struct err *instead_make(const struct plan *plan, const struct live *live,
				const struct mount_action *m, struct err *why, int *mount)
{
	if (err_code(why) != EPERM && err_code(why) != EBUSY)
		return why;
	for (size_t i = 0; i < countof(insteads); i++)
		if (!strcmp(insteads[i].fstype, m->fstype))
			return insteads[i].make(plan, live, m, why, mount);
	return why;
}

/* ---- new file systems ---- */

/* Of a tmpfs that is still to be filled; others must be read-only at once (mount_too_revealing). */
static uint64_t read_only(const struct mount_action *m)
{
	return strcmp(m->fstype, "tmpfs") ? 0 : m->set & MOUNT_ATTR_RDONLY;
}

static struct err *filesystem_make(const struct plan *plan, const struct live *live,
				   const struct mount_action *m, int *mount)
{
	struct err *err;

	if (*mount >= 0)	/* the parent has made it */
		return NULL;
	err = mount_new(m->fstype, m->source, m->data.v, m->data.n, m->set & ~read_only(m), mount);
	return err ? instead_make(plan, live, m, err, mount) : NULL;
}

/* A tmpfs looks like the directory that it covers, a copy of it in its owner, too. */
static struct err *tmpfs_look(const struct mount_action *m, const struct stat *found, int mount)
{
	struct dir here = { mount, m->target };
	bool mode = found->st_mode && !has_option(m, "mode=");
	bool owner = m->copy_up && !has_option(m, "uid=") && !has_option(m, "gid=");
	auto_fd int fd = -1;
	struct err *err;

	if (strcmp(m->fstype, "tmpfs") || (!mode && !owner))
		return NULL;
	err = dir_enter(&here, ".", O_RDONLY | O_DIRECTORY, 0, &fd);
	/* EINVAL: the owner is nobody in this user namespace. */
	if (!err && owner && fchown(fd, found->st_uid, found->st_gid) < 0 && errno != EINVAL)
		err = err_sys("fchown", m->target);
	if (!err && mode && fchmod(fd, found->st_mode & 07777) < 0)
		err = err_sys("fchmod", m->target);
	return err;
}

static void copy_alive(void *words, const char *path)
{
	words_say(words, "tmpcopyup of %s", path);
}

/* What was in the directory appears in the new tmpfs. */
static struct err *copy_up(const struct live *live, const struct mount_action *m, int target,
			   int mount)
{
	struct dir to = { mount, m->target };
	struct dir from = { target, m->target };
	auto_fd int fd = -1;
	struct err *err;

	if (!m->copy_up)
		return NULL;
	err = dir_enter(&from, ".", O_RDONLY | O_DIRECTORY, 0, &fd);
	from.fd = fd;
	return err ? err : err_add(tree_copy(&from, &to, copy_alive, live->words), "tmpcopyup");
}

static struct err *new_make(const struct plan *plan, const struct live *live,
			    const struct mount_action *m, int *mount)
{
	auto_fd int target = -1;
	struct stat found;
	struct err *err = NULL;

	/* They carry what protects the host: nobody may have put a link in their place. */
	if (!strcmp(m->fstype, "proc") || !strcmp(m->fstype, "sysfs"))
		err = err_add(target_plain(live, m->target), "file system %s", m->fstype);
	if (!err)
		err = target_dir(live, m, &target, &found);
	if (!err)
		err = filesystem_make(plan, live, m, mount);
	if (!err)
		err = copy_up(live, m, target, *mount);
	if (!err)
		err = tmpfs_look(m, &found, *mount);
	if (!err)
		err = mount_set(*mount, m->target, false, read_only(m), 0, 0);
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	if (!err)
		err = mount_propagate(m, *mount);
	return err ? err : target_attach(plan, live, *mount, target, m->target);
}

static struct err *remount(const struct live *live, const struct mount_action *m, int *mount)
{
	struct err *err = dir_open(&live->root, m->target, O_PATH, mount);

	if (!err && m->data.n)
		err = mount_reconfigure(*mount, m->target, m->data.v, m->data.n);
	if (!err)
		err = mount_set(*mount, m->target, false, m->set, m->clear, 0);
	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT, "only what is mounted can be remounted");
	if (!err)
		err = mount_set(*mount, m->target, true, m->tree_set, m->tree_clear, 0);
	return err ? err : mount_propagate(m, *mount);
}

/* What others are made of may come from the network, or shows it, as sysfs does. */
static bool needs_network(const struct mount_action *m)
{
	static const char *const offline[] = {
		"cgroup", "cgroup2", "devpts", "mqueue", "overlay", "proc", "ramfs", "tmpfs",
	};

	for (size_t i = 0; i < countof(offline); i++)
		if (!strcmp(m->fstype, offline[i]))
			return false;
	return true;
}

static struct err *one_make(const struct plan *plan, struct live *live, size_t i)
{
	const struct mount_action *m = &plan->rootfs.mounts.v[i];
	const char *what = m->source ? m->source : m->fstype ? m->fstype : "again";
	int *mount = &live->sources[i];
	struct err *err = NULL;

	words_say(live->words, "mount %s on %s", what, m->target);
	switch (m->kind) {
	case MOUNT_NEW:
		if (needs_network(m))
			err = network_enter(plan, live);
		if (!err)
			err = new_make(plan, live, m, mount);
		break;
	case MOUNT_BIND:
		err = bind_make(plan, live, m, mount);
		break;
	default:
		err = remount(live, m, mount);
		break;
	}
	/* A descriptor is kept only of what will become read-only at the end. */
	if (!m->late_readonly)
		close_p(&(int){ take_fd(mount) });
	err = err_add(err, "mount %s on %s", what, m->target);
	return err_at(err, plan->doc, m->from, NULL);
}

struct err *mounts_make(const struct plan *plan, struct live *live)
{
	struct err *err = NULL;

	for (size_t i = 0; i < plan->rootfs.mounts.n && !err; i++)
		err = one_make(plan, live, i);
	return err;
}
