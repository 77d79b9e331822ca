/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes below /dev: the six that every container has, and the configured ones. */
#include "rooms.h"

#include <sched.h>
#include <search.h>
#include <stdlib.h>
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

/* What has been planned (tsearch(3)), for there may be thousands. */
struct known {
	void *paths;			/* to their index in the plan */
	void *numbers;			/* to that of the configured device */
	struct rootfs_plan *rootfs;
};

struct known_key {
	const char *key;
	size_t index;
};

static int key_compare(const void *a, const void *b)
{
	return strcmp(((const struct known_key *)a)->key, ((const struct known_key *)b)->key);
}

static void key_keep(void *key)
{
	(void)key;	/* it is the arena's */
}

/* The index that is there, else @index, which is there from now on. */
static size_t known_put(struct arena *a, void **tree, const char *key, size_t index)
{
	struct known_key *put = arena_new(a, struct known_key), **found;

	*put = (struct known_key){ key, index };
	found = tsearch(put, tree, key_compare);
	if (!found)
		abort();
	return (*found)->index;
}

/* The last one wins: a configured node stands in for the default of the same path. */
static void node_put(struct planner *p, struct known *known, const struct device_node *node)
{
	struct rootfs_plan *rootfs = known->rootfs;
	size_t at = known_put(p->arena, &known->paths, node->path, rootfs->devices.n);
	/* mknod(2) of a device needs CAP_MKNOD in the initial user namespace, a FIFO does not. */
	bool unprivileged = p->plan->ns.own & CLONE_NEWUSER || !p->host->init_userns;
	struct device_node *put;

	if (at == rootfs->devices.n)
		list_add(p->arena, &rootfs->devices);
	put = &rootfs->devices.v[at];
	*put = *node;
	put->bind = unprivileged && !S_ISFIFO(node->mode);
	put->by_parent = put->bind && p->host->euid == 0 && p->host->init_userns;
}

/* config-linux.md: "The same type, major and minor SHOULD NOT be used for multiple devices." */
static void number_check(struct planner *p, struct known *known, const struct device_node *node)
{
	const char *type = S_ISBLK(node->mode) ? "b" : "c";
	const char *key = arena_printf(p->arena, "%s %u:%u", type, node->major, node->minor);
	size_t i = (size_t)(node->from - p->config->spec.linux->devices.v);
	size_t first = known_put(p->arena, &known->numbers, key, i);

	if (first != i && !S_ISFIFO(node->mode))
		caution(p, node->from, "minor", "%s is the device of linux.devices[%zu], too", key,
			first);
}

static bool is_below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

/* The owner is one of the container's (config-linux.md): it must be somebody on the host. */
static void owner_check(struct planner *p, const struct oci_device *d)
{
	const struct oci_linux *lin = p->config->spec.linux;

	if (!(p->plan->ns.make & CLONE_NEWUSER))
		return;
	if (d->uid && idmap_host(&lin->uid_mappings, *d->uid) < 0)
		refuse(p, d, "uid", "%u is not an id of the user namespace", *d->uid);
	if (d->gid && idmap_host(&lin->gid_mappings, *d->gid) < 0)
		refuse(p, d, "gid", "%u is not an id of the user namespace", *d->gid);
}

static void configured_plan(struct planner *p, struct known *known, const struct oci_device *d)
{
	struct device_node node = configured(p, d);

	/* /dev/ptmx is the link to that of the container's own devpts, whatever is configured. */
	if (!strcmp(node.path, "/dev/ptmx"))
		return;
	/* A /dev of the caller's has what the caller put there. */
	if (!known->rootfs->make_devices && is_below("/dev", node.path))
		return;
	if (is_below("/proc", node.path))
		refuse(p, d, "path", "%s must not be covered: it is the kernel's", node.path);
	owner_check(p, d);
	number_check(p, known, &node);
	node_put(p, known, &node);
}

static void all_plan(struct planner *p, struct known *known)
{
	const struct oci_linux *lin = p->config->spec.linux;

	for (const struct device_node *node = defaults; node->path; node++)
		if (known->rootfs->make_devices)
			node_put(p, known, node);
	if (!lin)
		return;
	for_each (d, &lin->devices)
		configured_plan(p, known, d);
}

void devices_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;
	struct known known = { .rootfs = &p->plan->rootfs };
	bool own_mounts = p->plan->ns.own & CLONE_NEWNS;

	if (!own_mounts && lin && lin->devices.n)
		refuse(p, lin, "devices",
		       "needs a mount namespace: "
		       "the nodes would stay behind in the root file system");
	if (!own_mounts)
		return;
	all_plan(p, &known);
	tdestroy(known.paths, key_keep);
	tdestroy(known.numbers, key_keep);
}
