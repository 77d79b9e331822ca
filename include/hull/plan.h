/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_PLAN_H
#define HULL_PLAN_H

#include <linux/filter.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "hull/spec.h"
#include "hull/unit.h"

/*
 * The plan: everything that will be done, decided, looked up, defaulted and
 * compiled, before anything on the machine is changed. Const once it is made;
 * the steps perform it and decide nothing. It can be printed (plan_print).
 *
 * @from in its parts is the value of the configuration that the part serves:
 * err_at(err, plan->doc, part->from, NULL) says where that stands.
 */

/* ---- facts about the host; made by host_probe(), or by a test ---- */

enum cgroup_manager { CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED };

struct host {
	uid_t euid;
	gid_t egid;
	bool init_userns;		/* we are in the initial user namespace */
	const char *cgroup_root;	/* where cgroup2 is mounted; NULL if nowhere */
	const char *cgroup_self;	/* our own cgroup below it */
	const char *cgroup_v1;		/* controllers of v1 hierarchies: "cpu,cpuacct memory"; or NULL */
	const char *cgroup_controllers;	/* of cgroup2: "io pids"; NULL: see host_probe_resources() */
	const char *hugepage_sizes;	/* "2MB 1GB"; likewise */
	int last_cap;			/* the newest capability that the kernel knows */
	bool systemd_ours;		/* in another user namespace: the host's manager belongs to us */
	bool selinux, apparmor;
	const char *newuidmap, *newgidmap;	/* absolute; NULL if not installed */
	const char *resctrl_root;	/* where resctrl is mounted; see host_probe_resctrl() */
	int shared_ns;			/* CLONE_NEW*: joined by path, but our own; see host_probe_joins() */
	int same_ns, other_ns;		/* CLONE_NEW*: see host_probe_init() */
};

struct err *host_probe(struct arena *a, struct host *host) MUST_CHECK;

/* What only linux.intelRdt asks for: host->resctrl_root, NULL if it is nowhere. */
struct err *host_probe_resctrl(struct arena *a, struct host *host) MUST_CHECK;

/* What only linux.resources asks for: host->cgroup_controllers, host->hugepage_sizes. */
struct err *host_probe_resources(struct arena *a, const struct oci_resources *r, struct host *host)
	MUST_CHECK;

/* What only namespaces that are joined ask for: host->shared_ns. */
void host_probe_joins(const struct oci_linux *lin, struct host *host);

/*
 * What only exec asks for: in which namespaces the process @pid is as we are,
 * and in which it is not. Neither: of those we may not know.
 */
void host_probe_init(pid_t pid, struct host *host);

/* What the command line adds to the configuration. */
struct request {
	const char *id, *bundle;	/* bundle: absolute */
	enum cgroup_manager cgroup_manager;
	bool no_pivot, no_new_keyring, detach;
	bool console;			/* a console socket was given */
	unsigned preserve_fds;		/* how many descriptors from 3 on are handed on */
	unsigned listen_fds;		/* and how many behind them are LISTEN_FDS */
	const char *listen_names;	/* LISTEN_FDNAMES, or NULL */
	const char *notify_dir;		/* holds the container's NOTIFY_SOCKET; NULL: there is none */
};

/* ---- namespaces ---- */

struct ns_kind {
	const char *type;		/* as in linux.namespaces[].type */
	const char *file;		/* in /proc/PID/ns */
	int flag;			/* CLONE_NEW* */
};
extern const struct ns_kind ns_kinds[];	/* in the order in which they are joined; ends with NULL */

struct ns_join {
	const struct ns_kind *kind;
	const char *path;
	const struct oci_namespace *from;
};

struct ns_plan {
	int make;			/* CLONE_NEW* of the new ones */
	int own;			/* new or joined: not those that we are in */
	LIST(struct ns_join) join;	/* in order */
	const char *uid_map, *gid_map;	/* kernel text; NULL without a new user namespace */
	const char *joined_uid_map, *joined_gid_map;	/* what a joined one must have; NULL: anything */
	bool map_by_helper;		/* newuidmap and newgidmap write them */
	bool deny_setgroups;
	const char *time_offsets;	/* kernel text or NULL */
};

/* ---- mounts ---- */

enum mount_kind { MOUNT_NEW, MOUNT_BIND, MOUNT_REMOUNT };

struct mount_action {
	enum mount_kind kind;
	const char *source, *target, *fstype;	/* fstype: MOUNT_NEW */
	LIST(char *) data;		/* fsconfig: "key=value" or "flag" */
	uint64_t set, clear;		/* MOUNT_ATTR_* of the mount */
	uint64_t tree_set, tree_clear;	/* of the whole tree below it */
	LIST(unsigned long) propagation;/* MS_SHARED, …, | MS_REC; in order */
	bool recursive;			/* rbind */
	bool late_readonly;		/* ro, once everything below it is mounted */
	bool copy_up;			/* tmpcopyup */
	bool copy_symlink;		/* a source that is a symbolic link is made anew at the target */
	bool source_nofollow, target_nofollow;	/* the last component is not followed */
	bool by_parent;			/* made or opened there: out of the child's reach */
	bool shared;			/* stays in the source's peer group: the host's, too */
	const char *uid_map, *gid_map;	/* ID-mapped: kernel text; NULL if not */
	bool map_of_container;		/* ID-mapped like the container's user namespace */
	bool map_tree;			/* ridmap */
	const struct oci_mount *from;
};

struct device_node {
	const char *path;
	mode_t mode;			/* type and permissions */
	unsigned major, minor;
	uid_t uid;
	gid_t gid;
	bool bind;			/* bound: no mknod in a user namespace */
	bool by_parent;			/* from a file system on which the parent made it */
	const struct oci_device *from;	/* NULL: a default one */
};

struct rootfs_plan {
	const char *path;		/* absolute */
	bool readonly, pivot;
	unsigned long propagation;	/* MS_* | MS_REC of the new namespace's mounts */
	unsigned long late_propagation;	/* of the new root, after pivot; 0 for none */
	LIST(struct mount_action) mounts;
	LIST(struct device_node) devices;
	bool make_devices;		/* false: /dev is a bind mount and left alone */
	bool shares;			/* one of the mounts is shared */
	LIST(char *) masked, readonly_paths;
};

/* ---- cgroup ---- */

struct cgroup_write {
	const char *file, *value;	/* memory.max, "1048576" */
	const char *other_file, *other_value;	/* instead, where @file does not exist; or NULL */
	const char *unset;		/* what the file holds when nobody wrote it, or NULL */
	const char *used;		/* a file: what it says must not exceed @value; or NULL */
	const char *effective;		/* a file: the list that the kernel makes of @value; or NULL */
	const void *from;
	const char *member;		/* of @from: which one; NULL: all of it */
};

enum { DEVICE_ANY = -1 };

struct device_rule {
	bool allow;
	int type;			/* BPF_DEVCG_DEV_* or DEVICE_ANY */
	int64_t major, minor;		/* or DEVICE_ANY */
	int access;			/* BPF_DEVCG_ACC_* */
};
typedef LIST(struct device_rule) device_rules;

/* A BPF program for a cgroup's devices: struct bpf_insn[]. */
struct device_filter {
	const void *insns;
	size_t n;
	device_rules rules;		/* that it was made of, in the order of asking; the last is for all */
};

/* The unit that systemd makes for the container. */
struct unit_plan {
	const char *name;		/* hull-c1.scope; NULL: systemd is not asked */
	bool is_slice;
	const char *slice;		/* where it is put; what a slice wants */
	bool all_controllers;		/* a limit needs one that systemd does not hand on by itself */
	bool user;			/* by the caller's own manager, not that of the system */
	unit_properties properties;
};

struct cgroup_plan {
	enum cgroup_manager manager;
	const char *path;		/* below host->cgroup_root, absolute; NULL: stay where we are */
	bool required;			/* the config names a path or a limit: failing is an error */
	const struct json_pair *sub;	/* annotation: the process lives below, in this; or NULL */
	const struct json_pair *delegated;	/* and moves on to this below that; or NULL */
	const uid_t *owner;		/* it is given to this user of the host; or NULL */
	LIST(struct cgroup_write) writes;
	struct device_filter devices;	/* n == 0: none */
	struct unit_plan unit;		/* CGROUP_SYSTEMD */
};

/* ---- resctrl ---- */

struct rdt_write {
	const char *line;		/* of schemata; without the newline at its end */
	bool compared;			/* a group that is there already must agree with it */
	const void *from;
	const char *member;		/* of @from; NULL: all of it */
};

struct rdt_plan {
	const char *root;		/* where resctrl is mounted; NULL: nothing to do */
	const char *group;		/* of the container, below @root; "." is the default one */
	bool make;			/* made if it is missing; else that is an error */
	bool shared;			/* others may use it: it outlives the container */
	LIST(struct rdt_write) writes;	/* in order */
	const char *monitor;		/* of its mon_groups: the one to be made; or NULL */
	const struct oci_intel_rdt *from;
};

/* ---- network devices ---- */

struct netdev_plan {
	const char *name, *inside;	/* on the host, in the container */
	bool numbered;			/* @inside is a template: the kernel finds a number for %d */
	const struct oci_net_device *from;
};

/* ---- process ---- */

enum cap_set { CAPS_BOUNDING, CAPS_EFFECTIVE, CAPS_INHERITABLE, CAPS_PERMITTED, CAPS_AMBIENT,
	       CAP_SETS };

struct cred_plan {
	uid_t uid;
	gid_t gid;
	LIST(gid_t) groups;
	bool keep_groups;		/* annotation run.oci.keep_original_groups */
	bool set_caps;			/* false: the configuration says nothing; all are kept */
	uint64_t caps[CAP_SETS];	/* bit n: capability n */
	int last_cap;
	bool no_new_privs;
};

struct rlimit_plan { int resource; struct rlimit64 limit; const struct oci_rlimit *from; };

struct exec_plan {
	char **argv, **env;		/* NULL-terminated; env without HOME if it gave none */
	bool need_home;			/* HOME comes from the container's passwd */
	bool listens;			/* LISTEN_PID is to be the program's own number */
	const char *cwd;
	const int *umask;		/* NULL: keep the caller's */
	unsigned keep_fds;		/* 3, 4, … that stay open */
};

/* process.execCPUAffinity: masks of sched_setaffinity(2). */
struct affinity_plan {
	const unsigned long *initial, *final;	/* before and in the container's cgroup; or NULL */
	size_t size;			/* of each, in bytes */
	bool keep;			/* without @final: what the kernel makes of it stays */
};

struct sched_plan {
	const struct sched_attr *attr;	/* NULL: none (see hull/sys.h) */
	const int *ioprio;		/* value of ioprio_set(2) */
	const unsigned long *personality;
	const int *mempolicy;		/* mode | flags of set_mempolicy(2) */
	const unsigned long *nodes;	/* its mask */
	unsigned long max_node;
	struct affinity_plan affinity;	/* of exec alone */
};

struct seccomp_plan {
	const struct seccomp_profile *profile;	/* NULL: none */
	struct sock_fprog program;	/* for who prints it; else it is made while the child waits */
	unsigned flags;			/* SECCOMP_FILTER_FLAG_* */
	bool notify;			/* a rule notifies: the listener goes to listener_path */
	const char *listener_path, *listener_metadata;
};

/* A file below /proc/sys. */
struct sysctl_write { const char *file, *value; const struct json_pair *from; };

struct tty_plan {
	bool terminal;
	unsigned short rows, columns;	/* 0: leave */
};

/* ---- the whole ---- */

struct plan {
	const struct json_doc *doc;
	const struct oci_spec *spec;	/* for the parts that need no decision */
	const char *id, *bundle;
	struct ns_plan ns;
	struct rootfs_plan rootfs;
	struct cgroup_plan cgroup;
	struct rdt_plan rdt;
	LIST(struct netdev_plan) net_devices;
	struct cred_plan cred;
	struct exec_plan exec;		/* argv NULL: no process; start will refuse */
	LIST(struct rlimit_plan) rlimits;
	const int *oom_score_adj;
	LIST(struct sysctl_write) sysctls;
	struct sched_plan sched;
	struct seccomp_plan seccomp;
	struct tty_plan tty;
	const char *apparmor, *selinux;	/* labels at execve; NULL for none */
	bool new_keyring;
	unsigned cloexec_from;		/* the first descriptor that is ours to close: 3 + preserve_fds */
};

/*
 * Decides everything. Pure: the same arguments give the same plan. All that
 * cannot be done goes to @found; the error holds all of it.
 */
struct err *plan_make(struct arena *a, const struct config *config, const struct request *request,
		      const struct host *host, findings *found, struct plan *plan) MUST_CHECK;

/*
 * The same for one more process in a container: @config is the container's
 * with the process in the place of its own, and the document of that process.
 */
struct err *plan_exec(struct arena *a, const struct config *config, const struct request *request,
		      const struct host *host, findings *found, struct plan *plan) MUST_CHECK;

/*
 * The program of the plan's seccomp profile, in @a; len is 0 without one. It is made
 * when it is needed: until there is a plan, everything waits. E2BIG if the
 * kernel does not take that much.
 */
struct err *seccomp_assemble(struct arena *a, const struct plan *plan,
			     struct sock_fprog *program) MUST_CHECK;

/*
 * What systemd can be told of the plan's writes and devices, for a unit that
 * is made or changed; the writes are to be done as well.
 */
void unit_limits(struct arena *a, const struct cgroup_plan *cgroup, unit_properties *list);

/* The same of what can be changed while the unit lives. */
void unit_changes(struct arena *a, const struct cgroup_plan *cgroup, unit_properties *list);

/* ---- update ---- */

/* A document of a request, and what is wrong with it. */
struct piece {
	struct config config;
	findings found;
};

/* What shall change in a container. */
struct change {
	const char *id;
	struct piece file;		/* --resources; its document is linux.resources alone */
	struct piece options;		/* the command line, as a piece of a configuration */
	bool has_file;			/* else the resources are in @options */
	LIST(struct oci_device_rule) rules;	/* for devices, behind those that there are */
	const char *cgroup;		/* below host->cgroup_root; NULL: it has none */
	const char *unit;		/* of systemd, that it is in; or NULL */
};

struct update_plan {
	struct plan limits;		/* of the cgroup; by the document of the resources */
	struct plan process;		/* rlimits, oom_score_adj, affinity, rdt; by the options */
	struct device_filter devices;	/* as they are now */
	const char *config;		/* text of the container's from now on; NULL: as it is */
};

/*
 * Decides how a container is changed. @config is its configuration, which
 * becomes what it is afterwards; zeros (see hull(8)) and what is absent in
 * @change leave it alone. All that cannot be done goes to the findings of the
 * piece that asks for it.
 */
void plan_update(struct arena *a, struct config *config, struct change *change,
		 const struct host *host, struct update_plan *plan);

/* What would be done, as plan_print. */
char *plan_update_print(const struct update_plan *plan, bool json);

/* The plan as text, one line per action; or as one JSON object. Allocated. */
char *plan_print(const struct plan *plan);
char *plan_print_json(const struct plan *plan);

/* ---- the tables behind it, for `features` and tests; each ends with a NULL name ---- */

struct name_value { const char *name; unsigned long value; };

extern const struct name_value rlimit_names[];	/* RLIMIT_NOFILE, … */
extern const struct name_value memory_policy_modes[], memory_policy_flags[];
extern const struct name_value seccomp_actions[], seccomp_operators[], seccomp_flags[];
extern const char *const seccomp_archs[];

/* Words that mounts[].options knows; NULL-terminated, sorted. */
const char *const *mount_option_words(struct arena *a);

/* CAP_CHOWN, …: those that libcap knew when hull was built; NULL-terminated. */
const char *const *capability_names(struct arena *a);

/* Of libseccomp, when hull was built: "2.5.4". Static. */
const char *seccomp_library_version(void);

#endif
