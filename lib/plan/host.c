/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the plan has to know about this machine: the only file of the planner
 * that asks the kernel. It looks and changes nothing, and it looks for little,
 * since every container pays for it.
 */
#include "hull/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "hull/dir.h"
#include "hull/mountinfo.h"
#include "hull/sys.h"

/* Of the initial user namespace, in every kernel (PROC_USER_INIT_INO). */
#define INIT_USERNS_INODE 0xEFFFFFFDU

static struct err *userns_probe(struct host *host)
{
	struct stat st;
	struct err *err = path_stat("/proc/self/ns/user", &st);

	if (!err)
		host->init_userns = st.st_ino == INIT_USERNS_INODE;
	return err_add(err, "find out which user namespace this is (is /proc mounted?)");
}

static bool is_on(const char *path, unsigned long magic)
{
	auto_fd int fd = -1;
	auto_err struct err *err = path_open(path, O_PATH | O_DIRECTORY, &fd);

	return !err && fd_magic(fd) == magic;
}

/* The usual places cost a call or two; the list of all mounts only matters where they fail. */
static void cgroup_root_probe(struct arena *a, struct host *host)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL };

	for (const char *const *place = places; *place; place++)
		if (is_on(*place, CGROUP2_SUPER_MAGIC)) {
			host->cgroup_root = *place;
			return;
		}
	/* Without libmount it counts as not mounted; the plan says what that means. */
	err_free(mountinfo_find(a, "cgroup2", &host->cgroup_root));
}

/* cgroups(7), /proc/PID/cgroup: "0::/path" is ours in v2, "4:memory:/path" a hierarchy of v1. */
static void cgroup_line_read(struct arena *a, struct host *host, const char *line, size_t len)
{
	const char *controllers = memchr(line, ':', len);

	if (!controllers)
		return;
	if (!strncmp(line, "0::/", 4)) {
		/* "/..": outside of what our cgroup namespace lets us name. */
		if (strncmp(line + 3, "/..", 3))
			host->cgroup_self = arena_strndup(a, line + 3, len - 3);
	} else if (strncmp(controllers + 1, "name=", 5) && controllers[1] != ':') {
		controllers++;
		host->cgroup_v1 = arena_printf(
			a, "%s%s%.*s", host->cgroup_v1 ? host->cgroup_v1 : "",
			host->cgroup_v1 ? " " : "", (int)strcspn(controllers, ":"), controllers);
	}
}

static struct err *cgroup_probe(struct arena *a, struct host *host)
{
	auto_free char *text = NULL;
	struct err *err = path_read_at_once("/proc/self/cgroup", &text, NULL);

	if (err)
		return err;
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		cgroup_line_read(a, host, line, len);
		line += len + (line[len] == '\n');
	}
	cgroup_root_probe(a, host);
	return NULL;
}

/* prctl(2) fails with EINVAL for those that the kernel does not know. */
static int last_cap(void)
{
	int cap = CAP_LAST_CAP;

	while (cap < 63 && prctl(PR_CAPBSET_READ, cap + 1, 0, 0, 0) >= 0)
		cap++;
	while (cap > 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
		cap--;
	return cap;
}

static bool file_says(const char *path, char what)
{
	auto_free char *text = NULL;
	auto_err struct err *err = path_read_at_once(path, &text, NULL);

	return !err && *text == what;
}

/* Somebody who is not mapped into our user namespace has none of our ids. */
static bool owns(const char *path)
{
	struct stat st;
	auto_err struct err *err = path_stat(path, &st);

	return !err && st.st_uid == geteuid();
}

/*
 * newuidmap(1) and newgidmap(1) are run with the ids of a user as arguments:
 * never from $PATH, and only if root alone can change them.
 */
static const char *helper_find(struct arena *a, const char *name)
{
	static const char *const places[] = { "/usr/bin",	   "/bin",
					      "/usr/sbin",	   "/usr/local/bin",
					      "/run/wrappers/bin", NULL };

	for (const char *const *place = places; *place; place++) {
		const char *path = arena_printf(a, "%s/%s", *place, name);
		struct stat st;
		auto_err struct err *err = path_stat(path, &st);

		if (!err && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_mode & S_IXUSR &&
		    !(st.st_mode & (S_IWGRP | S_IWOTH)))
			return path;
	}
	return NULL;
}

struct err *host_probe(struct arena *a, struct host *host)
{
	struct err *err;

	*host = (struct host){ .euid = geteuid(), .egid = getegid(), .last_cap = last_cap() };
	err = userns_probe(host);
	if (!err)
		err = cgroup_probe(a, host);
	if (err)
		return err;
	host->systemd_ours = !host->init_userns && owns("/run/systemd/system");
	host->selinux = path_exists("/sys/fs/selinux/enforce");
	host->apparmor = file_says("/sys/module/apparmor/parameters/enabled", 'Y');
	if (host->euid != 0) {
		/* Root writes the maps of a user namespace itself. */
		host->newuidmap = helper_find(a, "newuidmap");
		host->newgidmap = helper_find(a, "newgidmap");
	}
	return NULL;
}

enum relation { OURS, ANOTHER, UNKNOWN };

/* namespaces(7): two files name the same namespace if device and inode are the same. */
static enum relation relation_of(const struct ns_kind *kind, const char *path)
{
	auto_arena struct arena a = { 0 };
	struct stat own, other;
	auto_err struct err *err =
		path_stat(arena_printf(&a, "/proc/self/ns/%s", kind->file), &own);

	if (!err)
		err = path_stat(path, &other);
	/* What cannot be looked at cannot be joined, and the step will say so. */
	if (err)
		return UNKNOWN;
	return own.st_dev == other.st_dev && own.st_ino == other.st_ino ? OURS : ANOTHER;
}

void host_probe_joins(const struct oci_linux *lin, struct host *host)
{
	if (!lin)
		return;
	for_each (ns, &lin->namespaces)
		for (const struct ns_kind *kind = ns_kinds; ns->path && kind->type; kind++)
			if (!strcmp(ns->type, kind->type) && relation_of(kind, ns->path) == OURS)
				host->shared_ns |= kind->flag;
}

void host_probe_init(pid_t pid, struct host *host)
{
	for (const struct ns_kind *kind = ns_kinds; kind->type; kind++) {
		auto_arena struct arena a = { 0 };
		const char *path = arena_printf(&a, "/proc/%d/ns/%s", pid, kind->file);
		enum relation relation = relation_of(kind, path);

		host->same_ns |= relation == OURS ? kind->flag : 0;
		host->other_ns |= relation == ANOTHER ? kind->flag : 0;
	}
}

/* https://docs.kernel.org/filesystems/resctrl.html: the only place that its users agree on. */
struct err *host_probe_resctrl(struct arena *a, struct host *host)
{
	static const char usual[] = "/sys/fs/resctrl";

	if (is_on(usual, RDTGROUP_SUPER_MAGIC)) {
		host->resctrl_root = usual;
		return NULL;
	}
	return err_add(mountinfo_find(a, "resctrl", &host->resctrl_root),
		       "find out where resctrl is mounted");
}

/* "hugepages-2048kB" is "2MB", as the files of the controller have it. */
static char *page_size(struct arena *a, const char *name)
{
	static const char dir[] = "hugepages-";
	unsigned long long size;
	char *end;

	if (strncmp(name, dir, strlen(dir)))
		return NULL;
	size = strtoull(name + strlen(dir), &end, 10);
	if (strcmp(end, "kB"))
		return NULL;
	if (size >= 1 << 20)
		return arena_printf(a, "%lluGB", size >> 20);
	if (size >= 1 << 10)
		return arena_printf(a, "%lluMB", size >> 10);
	return arena_printf(a, "%lluKB", size);
}

static struct err *hugepages_probe(struct arena *a, struct host *host)
{
	struct dir d = { .path = "/sys/kernel/mm/hugepages" };
	names all = { 0 };
	auto_fd int fd = -1;
	struct err *err = path_open(d.path, O_RDONLY | O_DIRECTORY, &fd);

	d.fd = fd;
	if (!err)
		err = dir_list(a, &d, &all);
	if (err && err_code(err) != ENOENT)
		return err;
	err_free(err); /* this kernel has none */
	host->hugepage_sizes = "";
	for_each (name, &all) {
		const char *have = host->hugepage_sizes;
		char *size = page_size(a, *name);

		if (size)
			host->hugepage_sizes =
				arena_printf(a, "%s%s%s", have, *have ? " " : "", size);
	}
	return NULL;
}

struct err *host_probe_resources(struct arena *a, const struct oci_resources *r, struct host *host)
{
	auto_free char *text = NULL;
	struct err *err = NULL;

	if (host->cgroup_root)
		err = path_read_at_once(arena_printf(a, "%s/cgroup.controllers", host->cgroup_root),
					&text, NULL);
	if (!err && text)
		host->cgroup_controllers = arena_strndup(a, text, strcspn(text, "\n"));
	if (!err && r->hugepage_limits.n)
		err = hugepages_probe(a, host);
	return err_add(err, "find out what can be limited on this host");
}
