/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and the links of /dev (config-linux.md "Devices", runtime-linux.md "Dev symbolic links"). */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "hull/make.h"
#include "hull/sys.h"

static const struct dev_link {
	const char *name, *to;
	bool replace;
} dev_links[] = {
	{ "fd",		"/proc/self/fd" },
	{ "stdin",	"/proc/self/fd/0" },
	{ "stdout",	"/proc/self/fd/1" },
	{ "stderr",	"/proc/self/fd/2" },
	{ "core",	"/proc/kcore" },
};

static struct err *parent_open(const struct live *live, const char *path, struct dir *parent,
			       const char **name)
{
	char *dir;
	struct err *err;

	path_split(path, &dir, name);
	parent->path = arena_strdup(live->arena, dir);
	free(dir);
	err = dir_make(&live->root, parent->path, 0755, &parent->fd);
	return err;
}

static struct err *source_open(const char *path, int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open(path, O_PATH, &fd);

	return err ? err : mount_clone(fd, path, false, mount);
}

static struct err *bind_one(const struct live *live, const struct device_node *n, int *mount)
{
	auto_fd int target = -1;
	struct err *err = *mount < 0 ? source_open(n->path, mount) : NULL;

	if (!err)
		err = dir_touch(&live->root, n->path, 0644, &target);
	return err ? err : mount_attach(*mount, target, n->path);
}

static struct err *make_one(const struct live *live, const struct device_node *n, int *mount)
{
	struct dir parent = { .fd = -1 };
	const char *name;
	struct err *err;

	if (n->bind)
		return bind_one(live, n, mount);
	err = parent_open(live, n->path, &parent, &name);
	if (!err)
		err = node_make(&parent, name, n->mode, makedev(n->major, n->minor), n->uid, n->gid);
	close_p(&parent.fd);
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

	dev.fd = fd;
	/* Only links that lead somewhere: without a /proc there are none. */
	for (size_t i = 0; i < countof(dev_links) && !err && exists(live, "/proc/self/fd"); i++)
		err = link_make(&dev, dev_links[i].name, dev_links[i].to, false);
	if (!err)
		err = link_make(&dev, "ptmx", "pts/ptmx", true);
	return err;
}

struct err *devices_make(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct err *err = NULL;

	if (!r->make_devices)
		return NULL;
	for (size_t i = 0; i < r->devices.n && !err; i++) {
		err = make_one(live, &r->devices.v[i], &live->nodes[i]);
		close_p(&live->nodes[i]);
		err = err_add(err, "device %s", r->devices.v[i].path);
		if (r->devices.v[i].from)
			err = err_at(err, plan->doc, r->devices.v[i].from, NULL);
	}
	return err ? err : links_make(live);
}
