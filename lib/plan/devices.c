/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes below /dev: the six that every container has, and the configured ones. */
#include "rooms.h"

#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "hull/dir.h"

enum { MODE_DEFAULT = 0666 };

/* config-linux.md, "Default Devices". /dev/console and /dev/ptmx are no nodes of ours. */
/* clang-format off */
static const struct device_node defaults[] = {
	{ "/dev/null",    S_IFCHR | MODE_DEFAULT, 1, 3 },
	{ "/dev/zero",    S_IFCHR | MODE_DEFAULT, 1, 5 },
	{ "/dev/full",    S_IFCHR | MODE_DEFAULT, 1, 7 },
	{ "/dev/random",  S_IFCHR | MODE_DEFAULT, 1, 8 },
	{ "/dev/urandom", S_IFCHR | MODE_DEFAULT, 1, 9 },
	{ "/dev/tty",     S_IFCHR | MODE_DEFAULT, 5, 0 },
	{ 0 }
};
/* clang-format on */

static mode_t type_mode(const char *type)
{
	switch (*type) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default:			/* "c", and "u": unbuffered, the same */
		return S_IFCHR;
	}
}

static struct device_node configured(struct planner *p, const struct oci_device *d)
{
	/* Podman leaves the type in fileMode (020666): only the permissions count. */
	mode_t mode = d->file_mode ? *d->file_mode & 07777 : MODE_DEFAULT;

	return (struct device_node){
		.path = path_clean(p->arena, "/", d->path),
		.mode = type_mode(d->type) | mode,
		.major = d->major ? (unsigned)*d->major : 0,
		.minor = d->minor ? (unsigned)*d->minor : 0,
		.uid = d->uid ? *d->uid : 0,
		.gid = d->gid ? *d->gid : 0,
		.from = d,
	};
}

static struct device_node *node_find(struct rootfs_plan *rootfs, const char *path)
{
	for_each (node, &rootfs->devices)
		if (!strcmp(node->path, path))
			return node;
	return NULL;
}

/* The last one wins: a configured node stands in for the default of the same path. */
static void node_put(struct planner *p, const struct device_node *node)
{
	struct rootfs_plan *rootfs = &p->plan->rootfs;
	struct device_node *old = node_find(rootfs, node->path);
	/* mknod(2) of a device needs CAP_MKNOD in the initial user namespace, a FIFO does not. */
	bool unprivileged = p->plan->ns.own & CLONE_NEWUSER || !p->host->init_userns;

	if (!old)
		old = list_add(p->arena, &rootfs->devices);
	*old = *node;
	old->bind = unprivileged && !S_ISFIFO(node->mode);
	old->by_parent = old->bind && p->host->euid == 0;
}

void devices_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	bool own_mounts = p->plan->ns.own & CLONE_NEWNS;

	if (!own_mounts && lin && lin->devices.n)
		refuse(p, lin, "devices",
		       "needs a mount namespace: "
		       "the nodes would stay behind in the root file system");
	if (!own_mounts || !p->plan->rootfs.make_devices)
		return;

	for (const struct device_node *node = defaults; node->path; node++)
		node_put(p, node);
	if (!lin)
		return;
	for_each (d, &lin->devices) {
		struct device_node node = configured(p, d);

		node_put(p, &node);
	}
}
