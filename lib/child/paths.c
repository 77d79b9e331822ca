/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.readonlyPaths and linux.maskedPaths. Each path is opened once, below
 * the container's root; what covers it is mounted on that descriptor.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "hull/sys.h"

/* A path that is not there needs no cover; *fd is -1 then. */
static struct err *path_find(const struct live *live, const char *path, int *fd)
{
	struct err *err = dir_open(&live->root, path, O_PATH, fd);

	if (err_code(err) == ENOENT || err_code(err) == ENOTDIR) {
		err_free(err);
		return NULL;
	}
	return err;
}

/* A copy that is read-only before anybody sees it, with all that is mounted below. */
static struct err *readonly_one(const struct live *live, const char *path)
{
	auto_fd int fd = -1;
	auto_fd int mount = -1;
	struct err *err = path_find(live, path, &fd);

	if (err || fd < 0)
		return err;
	err = mount_clone(fd, path, true, &mount);
	if (!err)
		err = mount_set(mount, path, true, MOUNT_ATTR_RDONLY, 0, 0);
	return err ? err : mount_attach(mount, fd, path);
}

/* A mount that covers many places: attached once, then copied from there. */
struct cover {
	int mount;
	bool attached;
};

static struct err *cover_attach(struct cover *c, int target, const char *path)
{
	auto_fd int copy = -1;
	struct err *err;

	if (!c->attached) {
		c->attached = true;
		return mount_attach(c->mount, target, path);
	}
	err = mount_clone(c->mount, path, false, &copy);
	return err ? err : mount_attach(copy, target, path);
}

/* One tmpfs without room for anything, for all masked directories. */
static struct err *empty_make(struct cover *c)
{
	char *data[] = { (char []){ "nr_blocks=1" }, (char []){ "nr_inodes=1" },
			 (char []){ "mode=0555" } };

	if (c->mount >= 0)
		return NULL;
	return mount_new("tmpfs", "tmpfs", data, countof(data), MOUNT_ATTR_RDONLY |
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &c->mount);
}

static struct err *mask_one(const struct live *live, const char *path, struct cover *null,
			    struct cover *empty)
{
	auto_fd int fd = -1;
	struct err *err = path_find(live, path, &fd);
	struct stat st;

	if (err || fd < 0)
		return err;
	if (fstat(fd, &st) < 0)
		return err_sys("fstat", path);
	if (!S_ISDIR(st.st_mode))
		return cover_attach(null, fd, path);
	err = empty_make(empty);
	return err ? err : cover_attach(empty, fd, path);
}

struct err *paths_cover(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct cover null = { .mount = live->null }, empty = { .mount = -1 };
	struct err *err = NULL;

	for (size_t i = 0; i < r->readonly_paths.n && !err; i++)
		err = err_at(err_add(readonly_one(live, r->readonly_paths.v[i]), "read-only %s",
				     r->readonly_paths.v[i]),
			     plan->doc, &plan->spec->linux->readonly_paths, NULL);
	for (size_t i = 0; i < r->masked.n && !err; i++)
		err = err_at(err_add(mask_one(live, r->masked.v[i], &null, &empty), "mask %s",
				     r->masked.v[i]),
			     plan->doc, &plan->spec->linux->masked_paths, NULL);
	close_p(&empty.mount);
	return err;
}
