/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that `hull spec` writes: a shell on a terminal, in the
 * same shape as runc's, which scripts edit with jq. An ordinary user gets no
 * network of his own, nobody else's ids, no limits, and /sys of the host,
 * which he cannot mount in the host's network namespace.
 */
#include <string.h>

#include "tables.h"

#define WORDS(...)	((const char *const []){ __VA_ARGS__, NULL })

static const struct mount_row {
	const char *destination, *type, *source;
	const char *options[8];
} mounts[] = {
	{ "/proc", "proc", "proc" },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts", "devpts", "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const struct mount_row host_sys = {
	"/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" }
};

typedef LIST(char *) strings;

static void strings_add(struct arena *a, void *list, const char *const *words)
{
	strings *to = list;

	for (; *words; words++)
		*list_add(a, to) = arena_strdup(a, *words);
}

static struct oci_process *process_example(struct arena *a)
{
	const char *const *caps = WORDS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	struct oci_process *p = arena_new(a, struct oci_process);

	p->terminal = true;
	p->user = arena_new(a, struct oci_user);
	strings_add(a, &p->args, WORDS("sh"));
	strings_add(a, &p->env, WORDS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
				      "/sbin:/bin", "TERM=xterm"));
	p->cwd = arena_strdup(a, "/");
	p->capabilities = arena_new(a, struct oci_capabilities);
	strings_add(a, &p->capabilities->bounding, caps);
	strings_add(a, &p->capabilities->effective, caps);
	strings_add(a, &p->capabilities->permitted, caps);
	*list_add(a, &p->rlimits) = (struct oci_rlimit){
		arena_strdup(a, "RLIMIT_NOFILE"), .soft = 1024, .hard = 1024
	};
	p->no_new_privileges = true;
	return p;
}

static void mount_add(struct arena *a, struct oci_spec *spec, const struct mount_row *row,
		      bool rootless)
{
	struct oci_mount *m = list_add(a, &spec->mounts);

	m->destination = arena_strdup(a, row->destination);
	m->type = arena_strdup(a, row->type);
	m->source = arena_strdup(a, row->source);
	for (const char *const *option = row->options; *option; option++)
		/* Only our own id is mapped: no other can be the owner. */
		if (!rootless || (strncmp(*option, "uid=", 4) && strncmp(*option, "gid=", 4)))
			*list_add(a, &m->options) = arena_strdup(a, *option);
}

static void mounts_example(struct arena *a, bool rootless, bool cgroup_namespace,
			   struct oci_spec *spec)
{
	for (const struct mount_row *row = mounts; row < mounts + countof(mounts); row++) {
		if (!strcmp(row->type, "cgroup") && !cgroup_namespace)
			continue;
		if (rootless && !strcmp(row->type, "sysfs"))
			mount_add(a, spec, &host_sys, rootless);
		else
			mount_add(a, spec, row, rootless);
	}
}

static void namespaces_add(struct arena *a, struct oci_linux *l, const char *const *types)
{
	for (; *types; types++)
		list_add(a, &l->namespaces)->type = arena_strdup(a, *types);
}

static struct oci_linux *linux_example(struct arena *a, bool rootless, bool cgroup_namespace)
{
	struct oci_linux *l = arena_new(a, struct oci_linux);

	namespaces_add(a, l, rootless ? WORDS("pid", "ipc", "uts", "mount", "user") :
					WORDS("pid", "network", "ipc", "uts", "mount"));
	if (cgroup_namespace)
		namespaces_add(a, l, WORDS("cgroup"));
	if (!rootless) {
		l->resources = arena_new(a, struct oci_resources);
		list_add(a, &l->resources->devices)->access = arena_strdup(a, "rwm");
	}
	strings_add(a, &l->masked_paths, WORDS("/proc/acpi", "/proc/asound", "/proc/kcore",
					       "/proc/keys", "/proc/latency_stats",
					       "/proc/timer_list", "/proc/timer_stats",
					       "/proc/sched_debug", "/sys/firmware", "/proc/scsi"));
	strings_add(a, &l->readonly_paths, WORDS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
						 "/proc/sysrq-trigger"));
	return l;
}

void spec_example(struct arena *a, bool rootless, bool cgroup_namespace, uint32_t uid,
		  uint32_t gid, struct oci_spec *spec)
{
	*spec = (struct oci_spec){ .version = arena_strdup(a, OCI_VERSION) };
	spec->root = arena_new(a, struct oci_root);
	spec->root->path = arena_strdup(a, "rootfs");
	spec->root->readonly = true;
	mounts_example(a, rootless, cgroup_namespace, spec);
	spec->process = process_example(a);
	spec->hostname = arena_strdup(a, "hull");
	spec->linux = linux_example(a, rootless, cgroup_namespace);
	if (rootless) {
		*list_add(a, &spec->linux->uid_mappings) = (struct oci_id_map){ 0, uid, 1 };
		*list_add(a, &spec->linux->gid_mappings) = (struct oci_id_map){ 0, gid, 1 };
	}
}
