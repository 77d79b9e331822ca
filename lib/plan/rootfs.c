/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: its propagation, its mounts, and which of its paths are hidden or read-only. */
#include <sched.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "hull/dir.h"

#include "mount_options.h"
#include "rooms.h"

static void propagation_plan(struct planner *p, const struct oci_linux *lin)
{
	struct rootfs_plan *rootfs = &p->plan->rootfs;
	unsigned long value = MS_SLAVE | MS_REC;	/* nothing of ours reaches the host */
	unsigned long type;

	if (lin && lin->rootfs_propagation && *lin->rootfs_propagation &&
	    !mount_propagation_value(lin->rootfs_propagation, &value))
		refuse(p, lin, "rootfsPropagation", "must be shared, slave, private or unbindable");

	type = value & ~MS_REC;
	rootfs->propagation = MS_REC | (type == MS_SHARED || type == MS_SLAVE ? MS_SLAVE : MS_PRIVATE);
	/* pivot_root(2) refuses a shared root, and an unbindable one could not be bound. */
	if (type == MS_SHARED || type == MS_UNBINDABLE)
		rootfs->late_propagation = value;
	if (p->request->no_pivot && type == MS_PRIVATE)
		refuse(p, lin, "rootfsPropagation",
		       "private is not possible with --no-pivot: "
		       "mounts of the host would be kept busy");
}

static int path_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void path_keep(void *path)
{
	(void)path;	/* it is the arena's */
}

/* Engines name some paths twice, and there may be thousands. Returns how many differ. */
static size_t paths_copy(struct planner *p, char *const *from, size_t n, char ***to)
{
	void *known = NULL;
	size_t copied = 0;

	*to = arena_array(p->arena, char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		char *path = path_clean(p->arena, "/", from[i]);
		char **found = tsearch(path, &known, path_compare);

		if (!found)
			abort();
		if (*found == path)
			(*to)[copied++] = path;
	}
	tdestroy(known, path_keep);
	return copied;
}

/* Without a mount namespace of its own the container would change the host's mounts. */
static void need_namespace(struct planner *p)
{
	static const char words[] = "needs a mount namespace: the host's mounts would be changed";
	const struct oci_spec *spec = &p->config->spec;
	const struct oci_linux *lin = spec->linux;

	if (spec->mounts.n)
		refuse(p, spec, "mounts", words);
	if (spec->root && spec->root->readonly)
		refuse(p, spec->root, "readonly", words);
	if (lin && lin->rootfs_propagation && *lin->rootfs_propagation)
		refuse(p, lin, "rootfsPropagation", words);
}

void mounts_plan(struct planner *p)
{
	const struct oci_spec *spec = &p->config->spec;
	const struct oci_linux *lin = spec->linux;
	struct rootfs_plan *rootfs = &p->plan->rootfs;

	rootfs->path = path_clean(p->arena, p->plan->bundle, spec->root->path);
	if (!(p->plan->ns.own & CLONE_NEWNS)) {
		need_namespace(p);
		return;
	}
	rootfs->readonly = spec->root->readonly;
	rootfs->pivot = !p->request->no_pivot;
	rootfs->make_devices = true;
	propagation_plan(p, lin);
	for_each (m, &spec->mounts)
		mount_plan(p, m);
	if (!lin)
		return;
	if (lin->mount_label && *lin->mount_label && !p->host->selinux)
		caution(p, lin, "mountLabel", "has no effect: SELinux is not enabled");
	rootfs->masked.n = paths_copy(p, lin->masked_paths.v, lin->masked_paths.n,
				      &rootfs->masked.v);
	rootfs->readonly_paths.n = paths_copy(p, lin->readonly_paths.v, lin->readonly_paths.n,
					      &rootfs->readonly_paths.v);
}
