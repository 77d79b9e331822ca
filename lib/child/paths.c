/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.readonlyPaths and linux.maskedPaths. Each path is opened once, below
 * the container's root; what covers it is mounted on that descriptor.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "hull/sys.h"

#include "target.h"

/* A path that is not there needs no cover; *fd is -1 then. */
static struct err *path_find(const struct plan *plan, const struct live *live, const char *path,
			     int *fd)
{
	struct err *err = dir_open(&live->root, path, O_PATH, fd);

	if (err_code(err) == ENOENT || err_code(err) == ENOTDIR) {
		err_free(err);
		return NULL;
	}
	return err ? err : target_private(plan, live, *fd, path, true);
}

/* A copy that is read-only before anybody sees it, with all that is mounted below. */
static struct err *readonly_one(const struct plan *plan, const struct live *live, const char *path)
{
	auto_fd int fd = -1;
	auto_fd int mount = -1;
	struct err *err = path_find(plan, live, path, &fd);

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

static struct err *mask_one(const struct plan *plan, const struct live *live, const char *path,
			    struct cover *null, struct cover *empty)
{
	auto_fd int fd = -1;
	struct err *err = path_find(plan, live, path, &fd);
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

/* Where @path stands in the list that it was taken from, perhaps less clean there. */
static struct err *at_item(struct err *err, const struct plan *plan, char *const *list, size_t n,
			   const char *path)
{
	auto_arena struct arena a = { 0 };
	size_t i = 0;

	if (!err)
		return NULL;
	while (i + 1 < n && strcmp(path_clean(&a, "/", list[i]), path))
		i++;
	return err_at(err, plan->doc, &list[i], NULL);
}

struct err *paths_cover(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	const struct oci_linux *lin = plan->spec->linux;
	struct cover null = { .mount = live->null }, empty = { .mount = -1 };
	struct err *err = NULL;

	for (size_t i = 0; i < r->readonly_paths.n && !err; i++) {
		err = readonly_one(plan, live, r->readonly_paths.v[i]);
		err = err_add(err, "read-only %s", r->readonly_paths.v[i]);
		err = at_item(err, plan, lin->readonly_paths.v, lin->readonly_paths.n,
			      r->readonly_paths.v[i]);
	}
	for (size_t i = 0; i < r->masked.n && !err; i++) {
		err = mask_one(plan, live, r->masked.v[i], &null, &empty);
		err = err_add(err, "mask %s", r->masked.v[i]);
		err = at_item(err, plan, lin->masked_paths.v, lin->masked_paths.n, r->masked.v[i]);
	}
	close_p(&empty.mount);
	return err;
}
