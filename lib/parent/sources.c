/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the child could not open itself: bind mounts and device nodes from
 * places that root of a user namespace has no access to, and ID-mapped
 * mounts. They are opened before `spawn`, so that the child inherits them.
 */
#include "parent.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "hull/sys.h"

/* A detached copy that takes no part in the host's propagation but hears of it. */
static struct err *source_clone(const char *path, int flags, bool recursive, int *mount)
{
	auto_fd int fd = -1;
	struct err *err = path_open(path, O_PATH | flags, &fd);

	if (!err)
		err = mount_clone(fd, path, recursive, mount);
	if (!err)
		err = mount_set(*mount, path, recursive, 0, 0, MS_SLAVE);
	return err;
}

static struct err *source_idmap(const struct plan *plan, const struct mount_action *m, int mount)
{
	const char *uid_map = m->map_of_container ? plan->ns.uid_map : m->uid_map;
	const char *gid_map = m->map_of_container ? plan->ns.gid_map : m->gid_map;
	auto_fd int userns = -1;
	struct err *err;

	if (!uid_map)
		return NULL;
	err = userns_make(uid_map, gid_map, &userns);
	if (!err)
		err = mount_idmap(mount, m->source, m->map_tree, userns);
	return err;
}

static struct err *source_open(const struct plan *plan, const struct mount_action *m, int *mount)
{
	struct err *err = source_clone(m->source, m->source_nofollow ? O_NOFOLLOW : 0, m->recursive,
				       mount);

	if (!err)
		err = source_idmap(plan, m, *mount);
	return err_at(err_add(err, "mount %s on %s", m->source, m->target), plan->doc, m->from, NULL);
}

struct err *sources_open(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct err *err = NULL;

	live->sources = arena_array(live->arena, int, r->mounts.n);
	live->nodes = arena_array(live->arena, int, r->devices.n);
	memset(live->sources, -1, r->mounts.n * sizeof(int));
	memset(live->nodes, -1, r->devices.n * sizeof(int));
	for (size_t i = 0; i < r->mounts.n && !err; i++)
		if (r->mounts.v[i].by_parent)
			err = source_open(plan, &r->mounts.v[i], &live->sources[i]);
	for (size_t i = 0; i < r->devices.n && !err; i++)
		if (r->devices.v[i].by_parent)
			err = source_clone(r->devices.v[i].path, 0, false, &live->nodes[i]);
	return err;
}
