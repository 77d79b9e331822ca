/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and the links of /dev (config-linux.md "Devices", runtime-linux.md "Dev symbolic links"). */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "hull/make.h"
#include "hull/sys.h"

#include "target.h"

static const struct dev_link {
	const char *name, *to;
} dev_links[] = {
	{ "fd",		"/proc/self/fd" },
	{ "stdin",	"/proc/self/fd/0" },
	{ "stdout",	"/proc/self/fd/1" },
	{ "stderr",	"/proc/self/fd/2" },
	{ "core",	"/proc/kcore" },
};

/* Unless it is @parent that is open already: most nodes are in /dev. */
static struct err *parent_open(const struct live *live, const char *path, struct dir *parent,
			       const char **name)
{
	auto_free char *dir = NULL;

	path_split(path, &dir, name);
	if (parent->fd >= 0 && !strcmp(parent->path, dir))
		return NULL;
	close_p(&(int){ take_fd(&parent->fd) });
	parent->path = arena_strdup(live->arena, dir);
	return dir_make(&live->root, parent->path, 0755, &parent->fd);
}

/* ---- nodes that are bound ---- */

static bool is_node(int fd, const struct device_node *n, struct stat *st)
{
	return fstat(fd, st) == 0 && (st->st_mode & S_IFMT) == (n->mode & S_IFMT) &&
	       st->st_rdev == makedev(n->major, n->minor);
}

/* Where the host has the device, in the kernel's words: "DEVNAME=mapper/control". */
static char *host_name(struct arena *a, const struct device_node *n)
{
	auto_free char *uevent = NULL;
	char *file = arena_printf(a, "/sys/dev/%s/%u:%u/uevent", S_ISBLK(n->mode) ? "block" : "char",
				  n->major, n->minor);
	auto_err struct err *err = path_read(file, &uevent, NULL);
	const char *name = err ? NULL : strstr(uevent, "DEVNAME=");

	if (!name)
		return NULL;
	name += strlen("DEVNAME=");
	return arena_printf(a, "/dev/%.*s", (int)strcspn(name, "\n"), name);
}

/*
 * The host's node is bound as it is: nobody here may change its owner and
 * mode. So those that are asked for must be what it has.
 */
static struct err *looks_check(const struct device_node *n, const struct stat *st, const char *path)
{
	const struct oci_device *d = n->from;
	struct err *err = NULL;

	if (!d)
		return NULL;
	if (d->file_mode && (st->st_mode & 07777) != (n->mode & 07777))
		err = err_new(EPERM, "%s has mode %04o, not %04o", path, st->st_mode & 07777,
			      n->mode & 07777);
	else if (d->uid && st->st_uid != n->uid)
		err = err_new(EPERM, "%s belongs to uid %u, not %u", path, st->st_uid, n->uid);
	else if (d->gid && st->st_gid != n->gid)
		err = err_new(EPERM, "%s belongs to gid %u, not %u", path, st->st_gid, n->gid);
	return err_set(err, ERR_HINT, "only root of the host can make a node that differs from the host's");
}

/* The host's node for the device, whatever its name is there. */
static struct err *host_node(const struct live *live, const struct device_node *n, int *fd)
{
	const char *places[] = { n->path, host_name(live->arena, n) };
	struct stat st;

	for (size_t i = 0; i < countof(places) && places[i]; i++) {
		auto_fd int found = -1;

		err_free(path_open(places[i], O_PATH | O_NOFOLLOW, &found));
		if (found < 0 || !is_node(found, n, &st))
			continue;
		*fd = take_fd(&found);
		return looks_check(n, &st, places[i]);
	}
	return err_new(ENXIO, "the host has no node for device %u:%u", n->major, n->minor);
}

static struct err *source_open(const struct live *live, const struct device_node *n, size_t i,
			       int *mount)
{
	struct dir made = { live->nodes, "nodes" };
	auto_fd int fd = -1;
	char name[24];
	struct err *err = NULL;

	snprintf(name, sizeof(name), "%zu", i);
	if (n->by_parent)
		err = dir_open(&made, name, O_PATH | O_NOFOLLOW, &fd);
	if (err_code(err) == ENOENT) {
		err_free(err);
		err = NULL;
	}
	if (!err && fd < 0)
		err = host_node(live, n, &fd);
	return err ? err : mount_clone(fd, n->path, false, mount);
}

/* An empty file to bind on; what else is there must be this device, or we would hide it. */
static struct err *target_open(const struct live *live, const struct device_node *n, int *target)
{
	struct dir parent = { .fd = -1 };
	auto_fd int close_it = -1;
	const char *name;
	struct stat st = { 0 };
	struct err *err = parent_open(live, n->path, &parent, &name);

	close_it = parent.fd;
	if (!err)
		err = dir_open(&parent, name, O_PATH | O_NOFOLLOW, target);
	if (err_code(err) == ENOENT) {
		err_free(err);
		return dir_touch(&parent, name, 0644, target);
	}
	if (err || is_node(*target, n, &st) || (S_ISREG(st.st_mode) && !st.st_size))
		return err;
	close_p(&(int){ take_fd(target) });
	return err_new(EEXIST, "%s: something else is there already", n->path);
}

static struct err *bind_one(const struct plan *plan, const struct live *live,
			    const struct device_node *n, size_t i)
{
	auto_fd int target = -1;
	auto_fd int mount = -1;
	struct err *err = target_open(live, n, &target);

	if (!err)
		err = source_open(live, n, i, &mount);
	return err ? err : target_attach(plan, live, mount, target, n->path);
}

/* ---- all ---- */

static struct err *make_one(const struct plan *plan, const struct live *live,
			    const struct device_node *n, size_t i, struct dir *parent)
{
	const char *name;
	struct err *err;

	if (n->bind)
		return bind_one(plan, live, n, i);
	err = parent_open(live, n->path, parent, &name);
	if (!err)
		err = node_make(parent, name, n->mode, makedev(n->major, n->minor), n->uid, n->gid);
	/* No CAP_MKNOD, or a device filter above us. */
	if (err_code(err) == EPERM && !S_ISFIFO(n->mode)) {
		err_free(err);
		err = bind_one(plan, live, n, i);
	}
	return err;
}

static bool exists(const struct live *live, const char *path)
{
	auto_fd int fd = -1;
	auto_err struct err *err = dir_open(&live->root, path, O_PATH, &fd);

	return !err;
}

static struct err *links_make(const struct live *live)
{
	struct dir dev = { .path = "/dev" };
	auto_fd int fd = -1;
	struct err *err = dir_make(&live->root, "/dev", 0755, &fd);
	/* Only links that lead somewhere: without a /proc there are none. */
	size_t n = exists(live, "/proc/self/fd") ? countof(dev_links) : 0;

	dev.fd = fd;
	for (size_t i = 0; i < n && !err; i++)
		err = link_make(&dev, dev_links[i].name, dev_links[i].to, false);
	if (!err)
		err = link_make(&dev, "ptmx", "pts/ptmx", true);
	return err;
}

struct err *devices_make(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct dir parent = { .fd = -1 };
	struct err *err = NULL;

	for (size_t i = 0; i < r->devices.n && !err; i++) {
		const struct device_node *n = &r->devices.v[i];

		err = err_add(make_one(plan, live, n, i, &parent), "device %s", n->path);
		if (n->from)
			err = err_at(err, plan->doc, n->from, NULL);
	}
	close_p(&parent.fd);
	close_p(&(int){ take_fd(&live->nodes) });
	return err || !r->make_devices ? err : links_make(live);
}
