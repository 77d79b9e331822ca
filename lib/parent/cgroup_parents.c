/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroups above a container's that were made for it. Others may be below
 * them by the time that it goes; they bear a mark, by which the last one knows
 * that nobody else has made them.
 */
#include "parent.h"

#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "hull/make.h"

static const char mark[] = "user.hull.made";

/* Empty for "/a". */
static char *parent_of(struct arena *a, const char *path)
{
	return arena_strndup(a, path, (size_t)(strrchr(path, '/') - path));
}

void cgroup_parents_mark(const struct record *r)
{
	auto_arena struct arena a = { 0 };
	const char *path = r->cgroup;

	for (uint32_t n = r->cgroup_parents; n; n--) {
		path = parent_of(&a, path);
		/* Before Linux 5.7 there are none: they go with this container, or stay. */
		(void)setxattr(path, mark, "", 0, 0);
	}
}

static struct err *remove_one(struct arena *a, const char *path)
{
	const char *above = parent_of(a, path);
	struct dir d = { .path = *above ? above : "/", .fd = -1 };
	auto_fd int fd = -1;
	struct err *err = path_open(d.path, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	return err ? err : directory_remove(&d, strrchr(path, '/') + 1);
}

void cgroup_parents_remove(const struct record *r)
{
	auto_arena struct arena a = { 0 };
	const char *path = parent_of(&a, r->cgroup);
	struct err *err = NULL;

	for (uint32_t n = r->cgroup_parents; *path && !err; n -= n > 0) {
		if (!n && getxattr(path, mark, NULL, 0) < 0)
			break;
		err = remove_one(&a, path);
		path = parent_of(&a, path);
	}
	err_free(err);			/* EBUSY, ENOTEMPTY: others are there */
}
