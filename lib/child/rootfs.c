/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the container: a mount of its own on top of the root file
 * system, held open from the first moment; all that follows is found below
 * this descriptor.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "hull/sys.h"

#include "target.h"

/* The host's /dev/null, checked, as a mount that can be laid over files (CVE-2025-31133). */
static struct err *null_open(int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open("/dev/null", O_PATH | O_NOFOLLOW, &fd);
	struct stat st;

	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return err_sys("fstat", "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_new(EINVAL, "/dev/null of the host is not the null device");
	return mount_clone(fd, "/dev/null", false, mount);
}

/* Whatever happens in the container's mount namespace must stay there. */
static struct err *propagation_stop(unsigned long propagation)
{
	auto_fd int fd = -1;
	struct err *err = path_open("/", O_PATH | O_DIRECTORY, &fd);

	if (!err)
		err = mount_set(fd, "/", true, 0, 0, propagation & ~(unsigned long)MS_REC);
	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT, "\"/\" is not a mount point: are we in a chroot? "
			      "bind-mount it on itself first");
	return err;
}

/*
 * A namespace that others live in is not ours to change, so what is shared in
 * it, is shared with them and perhaps with the host.
 */
static struct err *joined_check(int fd, const char *path, int root, unsigned long propagation)
{
	auto_free char *mountinfo = NULL;
	uint64_t id;
	struct err *err = mount_id(fd, &id);

	if (!err)
		err = path_read("/proc/self/mountinfo", &mountinfo, NULL);
	if (err)
		return err;
	if (mountinfo_shared(mountinfo, id))
		return err_new(EINVAL, "in the joined mount namespace %s is shared with others", path);
	return mount_set(root, path, true, 0, 0, propagation & ~(unsigned long)MS_REC);
}

static struct err *root_mount(const struct plan *plan, const struct live *live, int *root)
{
	const struct rootfs_plan *r = &plan->rootfs;
	auto_fd int fd = -1;
	struct err *err = path_open(r->path, O_PATH | O_DIRECTORY, &fd);

	if (err_code(err) == EACCES && plan->ns.own & CLONE_NEWUSER)
		err = err_set(err, ERR_HINT,
			      "root of the namespace must be able to search what is above it");
	if (!err)
		err = mount_clone(fd, r->path, true, root);
	if (!err && !(plan->ns.make & CLONE_NEWNS))
		err = joined_check(fd, r->path, *root, r->propagation);
	/* Nodes can be bound when they are attached somewhere: here, where nobody gets to see them. */
	if (!err && live->nodes >= 0)
		err = mount_attach(live->nodes, fd, r->path);
	if (!err)
		err = mount_attach(*root, fd, r->path);
	return err;
}

struct err *rootfs_prepare(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct err *err = NULL;

	live->root = (struct dir){ -1, "" };	/* messages speak of paths in the container */
	if (!(plan->ns.own & CLONE_NEWNS)) {
		err = path_open(r->path, O_RDONLY | O_DIRECTORY, &live->root.fd);
		return err_at(err, plan->doc, plan->spec->root, "path");
	}
	if (plan->ns.make & CLONE_NEWNS)
		err = propagation_stop(r->propagation);
	if (!err)
		err = null_open(&live->null);
	if (!err)
		err = err_at(root_mount(plan, live, &live->root.fd), plan->doc, plan->spec->root, "path");
	return err;
}

struct err *rootfs_enter(const struct plan *plan, struct live *live)
{
	if (!(plan->ns.own & CLONE_NEWNS))
		return root_change(live->root.fd);
	return plan->rootfs.pivot ? root_pivot(live->root.fd) : root_move(live->root.fd);
}

/*
 * pivot_root(2) refuses a shared root, and what is unbindable could not have
 * been bound read-only: so the root's propagation is the last thing to be set.
 */
static struct err *propagation_finish(const struct plan *plan, const struct live *live)
{
	unsigned long value = plan->rootfs.late_propagation;

	return err_at(mount_set(live->root.fd, "/", value & MS_REC, 0, 0,
				value & ~(unsigned long)MS_REC),
		      plan->doc, plan->spec->linux, "rootfsPropagation");
}

/* The working directory is made where it is missing, as runc and crun do. */
static void cwd_make(const struct plan *plan, const struct live *live)
{
	int fd;
	struct err *err;

	if (!plan->exec.cwd)
		return;
	err = dir_make(&live->root, plan->exec.cwd, 0755, &fd);
	if (!err)
		close(fd);
	err_free(err);	/* cwd_enter() will say what is wrong with it */
}

/* Nothing more is made in the container's file systems: now they become read-only. */
struct err *rootfs_finish(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct err *err = NULL;

	cwd_make(plan, live);
	for (size_t i = 0; i < r->mounts.n && !err; i++)
		if (r->mounts.v[i].late_readonly)
			err = err_at(mount_set(live->sources[i], r->mounts.v[i].target, false,
					       MOUNT_ATTR_RDONLY, 0, 0),
				     plan->doc, r->mounts.v[i].from, NULL);
	if (!err && r->late_propagation)
		err = propagation_finish(plan, live);
	if (!err && r->readonly)
		err = err_at(mount_set(live->root.fd, "/", false, MOUNT_ATTR_RDONLY, 0, 0),
			     plan->doc, plan->spec->root, "readonly");
	return err;
}
