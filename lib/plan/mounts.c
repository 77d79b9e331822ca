/* SPDX-License-Identifier: Apache-2.0 */
/* mounts[]: what is mounted, from where, as what. */
#include "rooms.h"

#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "hull/dir.h"

#include "mount_options.h"

enum { LATE_MAX = 32 };

/*
 * File systems of the kernel. Several mounts may share one superblock, so
 * "ro" is only asked of the mount. Those that have a superblock of their own
 * for every mount take a context of SELinux.
 */
/* clang-format off */
static const struct kernel_fs {
	const char *type;
	bool own_superblock;
} kernel_filesystems[] = {
	{ "proc",	 false }, { "sysfs",	   false }, { "cgroup2",  false },
	{ "mqueue",	 false }, { "devpts",	   true },  { "tmpfs",	  true },
	{ "ramfs",	 true },  { "hugetlbfs",   true },  { "devtmpfs", false },
	{ "bpf",	 false }, { "binfmt_misc", false }, { "configfs", false },
	{ "debugfs",	 false }, { "efivarfs",	   false }, { "fusectl",  false },
	{ "pstore",	 false }, { "securityfs",  false }, { "tracefs",  false },
	{ 0 }
};
/* clang-format on */

/* What lxcfs and its like put over files of procfs: the only mounts allowed below /proc. */
/* clang-format off */
static const char *const proc_files[] = {
	"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo",
	"/proc/stat", "/proc/swaps", "/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid", "/proc/uptime", NULL
};
/* clang-format on */

static const struct kernel_fs *kernel_fs_find(const char *type)
{
	for (const struct kernel_fs *fs = kernel_filesystems; fs->type; fs++)
		if (!strcmp(fs->type, type))
			return fs;
	return NULL;
}

static bool user_namespace(const struct planner *p)
{
	return p->plan->ns.own & CLONE_NEWUSER;
}

/* Words for fsconfig(2): first those of every file system, then its own. */
static void data_join(struct planner *p, struct mount_words *w)
{
	struct mount_action *m = &w->action;
	__typeof__(m->data) data = { 0 };

	for_each (word, &w->flags)
		*list_add(p->arena, &data) = *word;
	for_each (word, &m->data)
		*list_add(p->arena, &data) = *word;
	m->data = data;
}

/* Which mount option carries linux.mountLabel; the annotation is crun's, Podman sets it. */
static const char *label_option(const struct oci_spec *spec)
{
	for_each (pair, &spec->annotations)
		if (!strcmp(pair->key, "run.oci.mount_context_type"))
			return pair->value;
	return "context";
}

static void label_add(struct planner *p, struct mount_action *m)
{
	const struct oci_linux *lin = p->config->spec.linux;
	const struct kernel_fs *fs = kernel_fs_find(m->fstype);

	if (!lin || !lin->mount_label || !*lin->mount_label || !p->host->selinux)
		return;
	if (!fs || fs->own_superblock)
		*list_add(p->arena, &m->data) = arena_printf(
			p->arena, "%s=%s", label_option(&p->config->spec), lin->mount_label);
}

static void new_plan(struct planner *p, struct mount_words *w)
{
	struct mount_action *m = &w->action;
	const char *type = m->from->type;

	if (!type || !*type) {
		refuse(p, m->from, "type", "is needed, unless the options hold bind or rbind");
		return;
	}
	/* config.md: it is the options that make a bind mount. */
	if (!strcmp(type, "bind")) {
		refuse(p, m->from, "options", "must hold bind or rbind for a bind mount");
		return;
	}
	m->fstype = strcmp(type, "cgroup") ? type : "cgroup2";
	m->source = m->from->source;
	m->clear = 0;			/* a new mount has no attributes that could go */
	data_join(p, w);
	if (m->set & MOUNT_ATTR_RDONLY && !kernel_fs_find(m->fstype))
		*list_add(p->arena, &m->data) = arena_strdup(p->arena, "ro");
	label_add(p, m);
}

static struct mount_action *mount_find(struct planner *p, const char *target)
{
	for (size_t i = p->plan->rootfs.mounts.n; i-- > 0;) {
		struct mount_action *m = &p->plan->rootfs.mounts.v[i];

		if (m->kind != MOUNT_REMOUNT && !strcmp(m->target, target))
			return m;
	}
	return NULL;
}

/*
 * mount(8): without bind it is the file system that is remounted. For the
 * container its mount alone can make it read-only; to be writable it takes
 * both, and what was mounted with "ro" before has it in both.
 */
static void remount_plan(struct planner *p, struct mount_words *w)
{
	struct mount_action *m = &w->action;
	struct mount_action *before = NULL;

	if (!w->bind)
		data_join(p, w);
	if (m->clear & MOUNT_ATTR_RDONLY)
		before = mount_find(p, m->target);
	if (!before)
		return;
	before->late_readonly = false;
	if (!w->bind && before->kind == MOUNT_NEW && before->set & MOUNT_ATTR_RDONLY &&
	    !kernel_fs_find(before->fstype))
		*list_add(p->arena, &m->data) = arena_strdup(p->arena, "rw");
}

/*
 * Only a bind mount that asks for it, in a container whose root is shared, is
 * left in its source's peer group (Docker: -v A:B:shared, Kubernetes:
 * mountPropagation Bidirectional). All others hear of the host at most.
 */
static bool shared_plan(const struct planner *p, const struct mount_action *m)
{
	return p->plan->rootfs.late_propagation & MS_SHARED && m->propagation.n &&
	       m->propagation.v[0] & MS_SHARED;
}

/* The parent's copies are slaves of the host's mounts; in a private namespace nothing is. */
static void propagation_begin(struct planner *p, struct mount_action *m)
{
	__typeof__(m->propagation) all = { 0 };

	if (!(p->plan->rootfs.propagation & MS_PRIVATE))
		return;
	*list_add(p->arena, &all) = p->plan->rootfs.propagation;
	for_each (word, &m->propagation)
		*list_add(p->arena, &all) = *word;
	m->propagation = all;
}

static void bind_plan(struct planner *p, struct mount_words *w)
{
	struct mount_action *m = &w->action;

	/* The kernel would silently ignore both. */
	if (m->data.n)
		refuse(p, m->from, "options",
		       "bind mounts cannot have any filesystem-specific "
		       "options applied: \"%s\"",
		       m->data.v[0]);
	if (w->superblock)
		caution(p, m->from, "options",
			"sync, dirsync, lazytime and mand are properties of "
			"the file system, which a bind mount cannot change");
	if (m->kind == MOUNT_REMOUNT) {
		remount_plan(p, w);
		return;
	}
	if (!m->from->source || !*m->from->source) {
		refuse(p, m->from, "source", "is needed for a bind mount");
		return;
	}
	m->source = *m->from->source == '/'
			    ? m->from->source
			    : path_clean(p->arena, p->plan->bundle, m->from->source);
	/* An ordinary user's parent process may not open mounts; its child, root inside, may. */
	if (p->host->euid != 0)
		return;
	m->shared = shared_plan(p, m);
	p->plan->rootfs.shares |= m->shared;
	m->by_parent = user_namespace(p) || w->idmap || m->from->uid_mappings.n || m->shared;
	if (m->by_parent)
		propagation_begin(p, m);
}

static void mapping_plan(struct planner *p, struct mount_words *w)
{
	struct mount_action *m = &w->action;
	const struct oci_mount *from = m->from;
	const char *member = w->idmap ? "options" : "uidMappings";

	/* Mappings alone count as idmap: they may be refused but not dropped. */
	if (!w->idmap && !from->uid_mappings.n && !from->gid_mappings.n)
		return;
	m->by_parent = true;
	if (m->kind == MOUNT_REMOUNT) {
		refuse(p, from, member, "what is mounted already cannot become ID-mapped");
	} else if (p->host->euid != 0) {
		/* mount_setattr(2): it takes CAP_SYS_ADMIN where the file system was mounted. */
		refuse(p, from, member, "an ordinary user cannot make ID-mapped mounts");
	} else if (from->uid_mappings.n) {
		m->uid_map = idmap_text(p->arena, &from->uid_mappings);
		m->gid_map = idmap_text(p->arena, &from->gid_mappings);
	} else if (user_namespace(p)) {
		m->map_of_container = true;
	} else {
		refuse(p, from, "options",
		       "%s needs uidMappings and gidMappings: there is no "
		       "user namespace to take them from",
		       m->map_tree ? "ridmap" : "idmap");
	}
}

static bool is_proc_file(const char *path)
{
	for (const char *const *file = proc_files; *file; file++)
		if (!strcmp(*file, path))
			return true;
	return false;
}

static bool is_procfs(struct planner *p, const struct mount_action *m)
{
	if (m->kind == MOUNT_BIND)
		return m->source && !strcmp(path_clean(p->arena, "/", m->source), "/proc");
	return m->fstype && !strcmp(m->fstype, "proc");
}

/*
 * The labels of LSMs and sysctls are written through /proc, which therefore
 * has to be what it seems (CVE-2019-16884, CVE-2019-19921). These are words
 * only; whoever mounts must look at what they resolve to as well.
 */
static void target_check(struct planner *p, const struct mount_action *m)
{
	if (!strcmp(m->target, "/"))
		refuse(p, m->from, "destination",
		       "cannot be the root of the container: "
		       "let root.path be what should be there");
	else if (m->kind == MOUNT_REMOUNT)
		return;
	else if (!strcmp(m->target, "/proc") && !is_procfs(p, m))
		refuse(p, m->from, "destination", "only procfs may be mounted on /proc");
	else if (!strncmp(m->target, "/proc/", 6) && !is_proc_file(m->target))
		refuse(p, m->from, "destination",
		       "%s must not be mounted over: below /proc only "
		       "files like /proc/meminfo may be",
		       m->target);
}

/*
 * Mount points, devices and links are still to be made in /dev and in each
 * tmpfs. All that wait keep a descriptor, so not all of very many do.
 */
static void readonly_delay(struct planner *p, struct mount_action *m, bool dev)
{
	bool tmpfs = m->fstype && !strcmp(m->fstype, "tmpfs");
	size_t waiting = 0;

	if (m->kind == MOUNT_REMOUNT || !((m->set | m->tree_set) & MOUNT_ATTR_RDONLY) ||
	    !(dev || tmpfs))
		return;
	for_each (other, &p->plan->rootfs.mounts)
		if (other->late_readonly && ++waiting == LATE_MAX && !dev)
			return;
	m->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (m->kind == MOUNT_NEW)
		m->tree_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	m->late_readonly = true;
}

void mount_plan(struct planner *p, const struct oci_mount *from)
{
	struct mount_words w = { .action.from = from };
	struct mount_action *m = &w.action;
	bool dev;

	mount_words_parse(p->arena, from, &w);
	m->kind = w.remount ? MOUNT_REMOUNT : w.bind ? MOUNT_BIND : MOUNT_NEW;
	m->target = path_clean(p->arena, "/", from->destination);
	if (w.bind)
		bind_plan(p, &w);
	else if (w.remount)
		remount_plan(p, &w);
	else
		new_plan(p, &w);

	dev = !strcmp(m->target, "/dev");
	if (m->kind != MOUNT_REMOUNT && dev)
		p->plan->rootfs.make_devices = m->kind == MOUNT_NEW; /* else it is the caller's */
	if (m->copy_up && (!m->fstype || strcmp(m->fstype, "tmpfs")))
		refuse(p, from, "options", "tmpcopyup is only possible with a tmpfs");
	readonly_delay(p, m, dev);
	mapping_plan(p, &w);
	target_check(p, m);
	*list_add(p->arena, &p->plan->rootfs.mounts) = *m;
}
