/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes for a user namespace, where mknod(2) makes none. They are made
 * here, on a tmpfs that is attached nowhere, with the modes and owners that
 * are asked for; the child binds them. The host's own nodes would have the
 * host's owners and modes, which the container must not change.
 */
#include "parent.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "hull/make.h"
#include "hull/sys.h"

struct maps {
	char *uids, *gids;		/* as in /proc/PID/uid_map */
};

static struct err *maps_find(const struct plan *plan, struct arena *a, struct maps *maps)
{
	auto_fd int userns = -1;
	struct err *err = NULL;

	if (plan->ns.uid_map) {
		maps->uids = arena_strdup(a, plan->ns.uid_map);
		maps->gids = arena_strdup(a, plan->ns.gid_map);
		return NULL;
	}
	for_each (j, &plan->ns.join) {
		if (j->kind->flag != CLONE_NEWUSER)
			continue;
		err = namespace_open(j->path, CLONE_NEWUSER, &userns);
		if (!err)
			err = userns_maps(a, userns, &maps->uids, &maps->gids);
		return err_at(err, plan->doc, j->from, "path");
	}
	return err_new(ENOENT, "there is no user namespace");
}

/* The host's id for the container's @id; false if it has none. */
static bool id_map(const char *map, unsigned id, unsigned *host)
{
	while (*map) {
		char *end;
		unsigned long inside = strtoul(map, &end, 10);
		unsigned long outside = strtoul(end, &end, 10);
		unsigned long size = strtoul(end, &end, 10);

		if (id >= inside && id - inside < size) {
			*host = (unsigned)(outside + (id - inside));
			return true;
		}
		map = *end ? end + 1 : end;
	}
	return false;
}

/* A default node of a namespace without root is nobody's. */
static struct err *owner_map(const struct device_node *n, const char *map, unsigned id,
			     const char *what, unsigned *host)
{
	*host = 0;
	if (id_map(map, id, host) || !n->from)
		return NULL;
	return err_new(EINVAL, "its %s, %u, is not an id of the user namespace", what, id);
}

static struct err *node_one(const struct device_node *n, const struct maps *maps,
			    const struct dir *tmpfs, size_t i)
{
	unsigned uid, gid;
	char name[24];
	struct err *err = owner_map(n, maps->uids, n->uid, "uid", &uid);

	if (!err)
		err = owner_map(n, maps->gids, n->gid, "gid", &gid);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%zu", i);
	err = node_make(tmpfs, name, n->mode, makedev(n->major, n->minor), uid, gid);
	/* Without CAP_MKNOD there is none here, and the child will look for one of the host's. */
	if (err_code(err) == EPERM) {
		err_free(err);
		return NULL;
	}
	return err;
}

struct err *nodes_make(const struct plan *plan, struct live *live)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct dir tmpfs = { -1, "" };
	struct maps maps;
	struct err *err = NULL;

	for (size_t i = 0; i < r->devices.n && !err; i++) {
		const struct device_node *n = &r->devices.v[i];

		if (!n->by_parent)
			continue;
		if (live->nodes < 0) {
			err = maps_find(plan, live->arena, &maps);
			if (!err)
				err = mount_new("tmpfs", "devices", NULL, 0,
						MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, &live->nodes);
		}
		tmpfs.fd = live->nodes;
		if (!err)
			err = node_one(n, &maps, &tmpfs, i);
		err = err_add(err, "device %s", n->path);
		if (n->from)
			err = err_at(err, plan->doc, n->from, NULL);
	}
	return err;
}
