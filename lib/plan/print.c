/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan for people (one line per action) and for programs (JSON). It holds
 * all that would be done. Values of the environment are left out: they are
 * often secrets and the sheet often ends up in a bug report.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "mount_options.h"
#include "rooms.h"
#include "sheet.h"

static void namespaces_print(struct sheet *s, const struct plan *plan)
{
	const struct ns_plan *ns = &plan->ns;

	for (const struct ns_kind *kind = ns_kinds; kind->type; kind++)
		if (ns->make & kind->flag) {
			sheet_line(s, "namespace", NULL, NULL);
			sheet_text(s, "new", kind->type);
		}
	for_each (join, &ns->join) {
		sheet_line(s, "namespace", join->from, NULL);
		sheet_text(s, "join", join->kind->type);
		sheet_text(s, "path", join->path);
	}
	if (ns->time_offsets) {
		sheet_line(s, "time-offsets", plan->spec->linux, "timeOffsets");
		sheet_text(s, "text", ns->time_offsets);
	}
}

static void idmap_print(struct sheet *s, const struct plan *plan)
{
	const struct ns_plan *ns = &plan->ns;

	if (!ns->uid_map)
		return;
	sheet_line(s, "uid-map", plan->spec->linux, "uidMappings");
	sheet_text(s, "text", ns->uid_map);
	sheet_flag(s, "by-newuidmap", ns->map_by_helper);
	sheet_line(s, "gid-map", plan->spec->linux, "gidMappings");
	sheet_text(s, "text", ns->gid_map);
	sheet_flag(s, "by-newgidmap", ns->map_by_helper);
	sheet_flag(s, "deny-setgroups", ns->deny_setgroups);
}

void cgroup_writes_print(struct sheet *s, const struct plan *plan)
{
	const struct cgroup_plan *cgroup = &plan->cgroup;

	for_each (w, &cgroup->writes) {
		sheet_line(s, "cgroup-write", w->from, w->member);
		sheet_text(s, "file", w->file);
		sheet_text(s, "value", w->value);
		sheet_text(s, "else-file", w->other_file);
		sheet_text(s, "else-value", w->other_value);
	}
	if (cgroup->devices.n) {
		sheet_line(s, "device-filter", plan->spec->linux->resources, "devices");
		sheet_number(s, "instructions", (long long)cgroup->devices.n);
	}
}

static void cgroup_print(struct sheet *s, const struct plan *plan)
{
	static const char *const managers[] = { "cgroupfs", "systemd", "disabled" };
	const struct cgroup_plan *cgroup = &plan->cgroup;

	sheet_line(s, "cgroup", plan->spec->linux, "cgroupsPath");
	sheet_text(s, "manager", managers[cgroup->manager]);
	sheet_text(s, "path", cgroup->path);
	sheet_flag(s, "required", cgroup->required);
	if (cgroup->owner)
		sheet_number(s, "owner", *cgroup->owner);
	if (cgroup->sub)
		sheet_text(s, "sub", cgroup->sub->value);
	if (cgroup->delegated)
		sheet_text(s, "delegated", cgroup->delegated->value);
	unit_print(s, plan);
	cgroup_writes_print(s, plan);
}

static void attributes_print(struct sheet *s, uint64_t set, uint64_t clear, bool tree)
{
	const char *word;

	while ((word = mount_attr_word(&set, &clear, tree)))
		sheet_item(s, "attributes", word);
}

static void mount_print(struct sheet *s, const struct mount_action *m)
{
	static const char *const kinds[] = { "new", "bind", "remount" };

	sheet_line(s, "mount", m->from, NULL);
	sheet_text(s, "kind", kinds[m->kind]);
	sheet_text(s, "type", m->fstype);
	sheet_text(s, "source", m->source);
	sheet_text(s, "target", m->target);
	attributes_print(s, m->set, m->clear, false);
	attributes_print(s, m->tree_set, m->tree_clear, true);
	for_each (word, &m->data)
		sheet_item(s, "data", *word);
	for_each (value, &m->propagation)
		sheet_item(s, "propagation", mount_propagation_word(*value));
	sheet_flag(s, "recursive", m->recursive);
	sheet_flag(s, "read-only-at-the-end", m->late_readonly);
	sheet_flag(s, "copy-up", m->copy_up);
	sheet_flag(s, "copy-symlink", m->copy_symlink);
	sheet_flag(s, "source-nofollow", m->source_nofollow);
	sheet_flag(s, "target-nofollow", m->target_nofollow);
	sheet_text(s, "uid-map", m->uid_map);
	sheet_text(s, "gid-map", m->gid_map);
	sheet_flag(s, "map-of-container", m->map_of_container);
	sheet_flag(s, "map-tree", m->map_tree);
	sheet_flag(s, "by-parent", m->by_parent);
	sheet_flag(s, "shared-with-host", m->shared);
}

static void device_print(struct sheet *s, const struct device_node *d)
{
	const char *type = S_ISBLK(d->mode) ? "b" : S_ISFIFO(d->mode) ? "p" : "c";

	sheet_line(s, "device", d->from, NULL);
	sheet_text(s, "path", d->path);
	sheet_text(s, "type", type);
	if (!S_ISFIFO(d->mode))
		sheet_format(s, "number", "%u:%u", d->major, d->minor);
	sheet_format(s, "mode", "%04o", d->mode & 07777);
	sheet_format(s, "owner", "%u:%u", d->uid, d->gid);
	sheet_flag(s, "bind", d->bind);
}

static void masks_print(struct sheet *s, const struct plan *plan)
{
	for_each (path, &plan->rootfs.masked) {
		sheet_line(s, "mask", plan->spec->linux, "maskedPaths");
		sheet_text(s, "path", *path);
	}
	for_each (path, &plan->rootfs.readonly_paths) {
		sheet_line(s, "read-only", plan->spec->linux, "readonlyPaths");
		sheet_text(s, "path", *path);
	}
}

static void rootfs_print(struct sheet *s, const struct plan *plan)
{
	const struct rootfs_plan *r = &plan->rootfs;

	sheet_line(s, "root", plan->spec->root, NULL);
	sheet_text(s, "path", r->path);
	sheet_flag(s, "read-only", r->readonly);
	sheet_text(s, "enter", r->pivot ? "pivot" : plan->ns.own & CLONE_NEWNS ? "move" : "chroot");
	sheet_text(s, "propagation", mount_propagation_word(r->propagation));
	sheet_text(s, "late-propagation", mount_propagation_word(r->late_propagation));
	for_each (m, &r->mounts)
		mount_print(s, m);
	for_each (d, &r->devices)
		device_print(s, d);
	masks_print(s, plan);
	for_each (w, &plan->sysctls) {
		sheet_line(s, "sysctl", w->from, NULL);
		sheet_text(s, "file", w->file);
		sheet_text(s, "value", w->value);
	}
}

static const char *rlimit_name(int resource)
{
	for (const struct name_value *r = rlimit_names; r->name; r++)
		if (r->value == (unsigned long)resource)
			return r->name;
	return NULL;
}

static void rlimit_value(struct sheet *s, const char *key, uint64_t value)
{
	if (value == RLIM64_INFINITY)
		sheet_text(s, key, "unlimited");
	else
		sheet_format(s, key, "%llu", (unsigned long long)value);
}

void limits_print(struct sheet *s, const struct plan *plan)
{
	const struct oci_process *process = plan->spec->process;

	for_each (r, &plan->rlimits) {
		sheet_line(s, "limit", r->from, NULL);
		sheet_text(s, "type", rlimit_name(r->resource));
		rlimit_value(s, "soft", r->limit.rlim_cur);
		rlimit_value(s, "hard", r->limit.rlim_max);
	}
	if (plan->oom_score_adj) {
		sheet_line(s, "oom-score", process, "oomScoreAdj");
		sheet_number(s, "value", *plan->oom_score_adj);
	}
}

void affinity_print(struct sheet *s, const struct plan *plan)
{
	const struct affinity_plan *affinity = &plan->sched.affinity;
	const struct oci_cpu_affinity *from;

	if (!affinity->initial && !affinity->final)
		return;
	from = plan->spec->process->exec_cpu_affinity;
	sheet_line(s, "affinity", from, NULL);
	sheet_text(s, "initial", affinity->initial ? from->initial : NULL);
	sheet_text(s, "final", affinity->final ? from->final : NULL);
}

/* The kernel's numbers say less than the words that they come from. */
static void sched_print(struct sheet *s, const struct plan *plan)
{
	const struct oci_process *process = plan->spec->process;
	const struct oci_linux *lin = plan->spec->linux;
	const struct sched_plan *sched = &plan->sched;

	if (sched->attr) {
		const struct oci_scheduler *from = process->scheduler;

		sheet_line(s, "scheduler", from, NULL);
		sheet_text(s, "policy", from->policy);
		sheet_number(s, "nice", from->nice);
		sheet_number(s, "priority", from->priority);
		for_each (flag, &from->flags)
			sheet_item(s, "flags", *flag);
	}
	affinity_print(s, plan);
	if (sched->ioprio) {
		sheet_line(s, "io-priority", process->io_priority, NULL);
		sheet_text(s, "class", process->io_priority->class);
		sheet_number(s, "priority", *sched->ioprio & 7);
	}
	if (sched->personality) {
		sheet_line(s, "personality", lin->personality, NULL);
		sheet_text(s, "domain", lin->personality->domain);
	}
	if (sched->mempolicy) {
		sheet_line(s, "memory-policy", lin->memory_policy, NULL);
		sheet_text(s, "mode", lin->memory_policy->mode);
		sheet_text(s, "nodes", lin->memory_policy->nodes);
		for_each (flag, &lin->memory_policy->flags)
			sheet_item(s, "flags", *flag);
	}
}

static void caps_print(struct sheet *s, const struct plan *plan)
{
	static const char *const sets[CAP_SETS] = { "bounding", "effective", "inheritable",
						    "permitted", "ambient" };
	auto_arena struct arena a = { 0 };
	const char *const *names = capability_names(&a);

	for (int set = 0; set < CAP_SETS; set++) {
		sheet_line(s, "capabilities", plan->spec->process->capabilities, sets[set]);
		sheet_text(s, "set", sets[set]);
		for (int cap = 0; names[cap]; cap++)
			if (plan->cred.caps[set] >> cap & 1)
				sheet_item(s, "names", names[cap]);
	}
}

static void creds_print(struct sheet *s, const struct plan *plan)
{
	const struct cred_plan *cred = &plan->cred;
	char text[16];

	if (!plan->spec->process)
		return;
	sheet_line(s, "user", plan->spec->process, "user");
	sheet_number(s, "uid", cred->uid);
	sheet_number(s, "gid", cred->gid);
	for_each (gid, &cred->groups) {
		snprintf(text, sizeof(text), "%u", *gid);
		sheet_item(s, "groups", text);
	}
	sheet_flag(s, "keep-groups", cred->keep_groups);
	sheet_flag(s, "no-new-privileges", cred->no_new_privs);
	if (cred->set_caps)
		caps_print(s, plan);
}

static void security_print(struct sheet *s, const struct plan *plan)
{
	const struct seccomp_plan *seccomp = &plan->seccomp;
	const struct oci_process *process = plan->spec->process;

	if (plan->apparmor || plan->selinux) {
		sheet_line(s, "label", process,
			   plan->apparmor ? "apparmorProfile" : "selinuxLabel");
		sheet_text(s, "apparmor", plan->apparmor);
		sheet_text(s, "selinux", plan->selinux);
	}
	if (plan->new_keyring)
		sheet_line(s, "keyring", NULL, NULL);
	if (!seccomp->profile)
		return;
	sheet_line(s, "seccomp", plan->spec->linux->seccomp, NULL);
	sheet_number(s, "instructions", (long long)seccomp->program.len);
	for (const struct name_value *flag = seccomp_flags; flag->name; flag++)
		if (seccomp->flags & flag->value)
			sheet_item(s, "flags", flag->name);
	sheet_flag(s, "notify", seccomp->notify);
	sheet_text(s, "listener", seccomp->listener_path);
}

static void exec_print(struct sheet *s, const struct plan *plan)
{
	const struct exec_plan *exec = &plan->exec;

	sheet_line(s, "descriptors", NULL, NULL);
	sheet_number(s, "closed-from", plan->cloexec_from);
	if (!exec->argv)
		return;
	sheet_line(s, "exec", plan->spec->process, "args");
	for (char **arg = exec->argv; *arg; arg++)
		sheet_item(s, "args", *arg);
	sheet_text(s, "cwd", exec->cwd);
	if (exec->umask)
		sheet_format(s, "umask", "%04o", *exec->umask);
	for (char **env = exec->env; env && *env; env++) {
		auto_free char *name = strndup(*env, strcspn(*env, "="));

		if (!name)
			abort();
		sheet_item(s, "env", name);
	}
	sheet_flag(s, "home-from-passwd", exec->need_home);
	if (plan->tty.terminal) {
		sheet_line(s, "terminal", plan->spec->process, "terminal");
		sheet_number(s, "rows", plan->tty.rows);
		sheet_number(s, "columns", plan->tty.columns);
	}
}

static char *print(const struct plan *plan, bool json)
{
	struct sheet s = { .json = json, .doc = plan->doc };
	char *text;
	size_t size;

	s.out = open_memstream(&text, &size);
	if (!s.out)
		abort();
	sheet_line(&s, "container", NULL, NULL);
	sheet_text(&s, "id", plan->id);
	sheet_text(&s, "bundle", plan->bundle);
	cgroup_print(&s, plan);
	rdt_print(&s, plan);
	namespaces_print(&s, plan);
	idmap_print(&s, plan);
	netdev_print(&s, plan);
	limits_print(&s, plan);
	rootfs_print(&s, plan);
	sched_print(&s, plan);
	creds_print(&s, plan);
	security_print(&s, plan);
	exec_print(&s, plan);
	sheet_end(&s);
	if (fclose(s.out))
		abort();
	return text;
}

char *plan_print(const struct plan *plan)
{
	return print(plan, false);
}

char *plan_print_json(const struct plan *plan)
{
	return print(plan, true);
}
