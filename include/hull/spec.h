/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_SPEC_H
#define HULL_SPEC_H

/*
 * The documents of the OCI runtime specification 1.3 as C. Each struct
 * mirrors one object, each member one property, in the order of the
 * document. NULL, false, 0 or an empty list means the property was absent.
 * Strings are kept as written: what they mean is decided by the plan.
 */
#include "hull/json.h"

#define OCI_VERSION_MIN	"1.0.0"
#define OCI_VERSION	"1.3.0"		/* of the documents that hull writes */

struct oci_id_map { uint32_t container, host, size; };
typedef LIST(struct oci_id_map) oci_id_maps;

struct oci_root { char *path; bool readonly; };

struct oci_mount {
	char *destination, *type, *source;
	LIST(char *) options;
	oci_id_maps uid_mappings, gid_mappings;
};

struct oci_console_size { uint64_t height, width; };

struct oci_user {
	uint32_t uid, gid;
	uint32_t *umask;
	LIST(uint32_t) additional_gids;
};

struct oci_capabilities {
	LIST(char *) bounding, effective, inheritable, permitted, ambient;
};

struct oci_rlimit { char *type; uint64_t soft, hard; };
struct oci_io_priority { char *class; int32_t *priority; };
struct oci_cpu_affinity { char *initial, *final; };

struct oci_scheduler {
	char *policy;
	int32_t nice, priority;
	LIST(char *) flags;
	uint64_t runtime, deadline, period;
};

struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user *user;
	LIST(char *) args, env;
	char *cwd;
	struct oci_capabilities *capabilities;
	LIST(struct oci_rlimit) rlimits;
	bool no_new_privileges;
	char *apparmor_profile, *selinux_label;
	int32_t *oom_score_adj;
	struct oci_io_priority *io_priority;
	struct oci_scheduler *scheduler;
	struct oci_cpu_affinity *exec_cpu_affinity;
};

struct oci_hook {
	char *path;
	LIST(char *) args, env;
	int32_t *timeout;
};
typedef LIST(struct oci_hook) oci_hook_list;

struct oci_hooks {
	oci_hook_list prestart, create_runtime, create_container,
		      start_container, poststart, poststop;
};

struct oci_namespace { char *type, *path; };

struct oci_device {
	char *type, *path;
	int64_t *major, *minor;
	uint32_t *file_mode, *uid, *gid;
};

struct oci_net_device { char *key, *name; };

struct oci_device_rule {
	bool allow;
	char *type;
	int64_t *major, *minor;
	char *access;
};

struct oci_memory {
	int64_t *limit, *reservation, *swap, *kernel, *kernel_tcp;
	uint64_t *swappiness;
	bool *disable_oom_killer, *use_hierarchy, *check_before_update;
};

struct oci_cpu {
	uint64_t *shares, *burst, *period, *realtime_period;
	int64_t *quota, *realtime_runtime, *idle;
	char *cpus, *mems;
};

struct oci_pids { int64_t *limit; };
struct oci_weight_device { int64_t major, minor; uint16_t *weight, *leaf_weight; };
struct oci_throttle_device { int64_t major, minor; uint64_t rate; };
typedef LIST(struct oci_throttle_device) oci_throttle;

struct oci_block_io {
	uint16_t *weight, *leaf_weight;
	LIST(struct oci_weight_device) weight_device;
	oci_throttle read_bps, write_bps, read_iops, write_iops;
};

struct oci_hugepage_limit { char *page_size; uint64_t limit; };
struct oci_priority { char *name; uint32_t priority; };
struct oci_network { uint32_t *class_id; LIST(struct oci_priority) priorities; };
struct oci_rdma { char *key; uint32_t *hca_handles, *hca_objects; };

struct oci_resources {
	LIST(struct oci_device_rule) devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	LIST(struct oci_hugepage_limit) hugepage_limits;
	struct oci_network *network;
	LIST(struct oci_rdma) rdma;
	LIST(struct json_pair) unified;
};

struct oci_syscall_arg { uint32_t index; uint64_t value, value_two; char *op; };

struct oci_syscall {
	LIST(char *) names;
	char *action;
	uint32_t *errno_ret;
	LIST(struct oci_syscall_arg) args;
};

struct oci_seccomp {
	char *default_action;
	uint32_t *default_errno_ret;
	LIST(char *) flags;
	char *listener_path, *listener_metadata;
	LIST(char *) architectures;
	LIST(struct oci_syscall) syscalls;
};

struct oci_intel_rdt {
	char *clos_id;
	LIST(char *) schemata;
	char *l3_cache_schema, *mem_bw_schema;
	bool enable_monitoring;
};

struct oci_memory_policy { char *mode, *nodes; LIST(char *) flags; };
struct oci_personality { char *domain; LIST(char *) flags; };
struct oci_time_offset { char *key; int64_t secs; uint32_t nanosecs; };

struct oci_linux {
	LIST(struct oci_namespace) namespaces;
	oci_id_maps uid_mappings, gid_mappings;
	LIST(struct oci_time_offset) time_offsets;
	LIST(struct oci_device) devices;
	LIST(struct oci_net_device) net_devices;
	char *cgroups_path;
	struct oci_resources *resources;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	LIST(struct json_pair) sysctl;
	struct oci_seccomp *seccomp;
	char *rootfs_propagation;
	LIST(char *) masked_paths, readonly_paths;
	char *mount_label;
	struct oci_personality *personality;
};

struct oci_vm_hypervisor { char *path; LIST(char *) parameters; };
struct oci_vm_kernel { char *path; LIST(char *) parameters; char *initrd; };
struct oci_vm_image { char *path, *format; };
struct oci_vm_iomem { uint64_t *first_gfn; uint64_t first_mfn, nr_mfns; };

struct oci_vm_hw_config {
	char *device_tree;
	uint32_t *vcpus;
	uint64_t *memory;
	LIST(char *) dtdevs;
	LIST(struct oci_vm_iomem) iomems;
	LIST(uint32_t) irqs;
};

struct oci_vm {
	struct oci_vm_hypervisor *hypervisor;
	struct oci_vm_kernel *kernel;
	struct oci_vm_image *image;
	struct oci_vm_hw_config *hw_config;
};

struct oci_spec {
	char *version;
	struct oci_root *root;
	LIST(struct oci_mount) mounts;
	struct oci_process *process;
	char *hostname, *domainname;
	struct oci_hooks *hooks;
	LIST(struct json_pair) annotations;
	struct oci_linux *linux;
	struct oci_vm *vm;
};

/* runtime.md, "State"; with what runc and crun add to it. */
struct oci_state {
	char *version, *id, *status;
	int32_t *pid;
	char *bundle, *rootfs, *created, *owner;
	char *ended;			/* this and what follows: only of `run --keep` */
	int32_t *exit_status, *exit_signal;
	bool oom_killed;
	LIST(struct json_pair) annotations;
};

/* config-linux.md, "The Container Process State"; sent to a seccomp agent. */
struct oci_process_state {
	char *version;
	LIST(char *) fds;
	int32_t pid;
	char *metadata;
	struct oci_state *state;
};

/* features.md; "enabled" alone is an object of its own. */
struct oci_enabled { bool enabled; };

struct oci_features_cgroup { bool v1, v2, systemd, systemd_user, rdma; };

struct oci_features_seccomp {
	bool enabled;
	LIST(char *) actions, operators, archs, known_flags, supported_flags;
};

struct oci_features_intel_rdt { bool enabled, schemata, monitoring; };
struct oci_features_memory_policy { LIST(char *) modes, flags; };
struct oci_mount_extensions { struct oci_enabled *idmap; };

struct oci_features_linux {
	LIST(char *) namespaces, capabilities;
	struct oci_features_cgroup *cgroup;
	struct oci_features_seccomp *seccomp;
	struct oci_enabled *apparmor, *selinux;
	struct oci_features_intel_rdt *intel_rdt;
	struct oci_features_memory_policy *memory_policy;
	struct oci_mount_extensions *mount_extensions;
	struct oci_enabled *net_devices;
};

struct oci_features {
	char *version_min, *version_max;
	LIST(char *) hooks, mount_options;
	struct oci_features_linux *linux;
	LIST(struct json_pair) annotations;
	LIST(char *) potentially_unsafe_annotations;
};

extern const struct type type_oci_spec, type_oci_process, type_oci_resources,
			 type_oci_hooks, type_oci_state, type_oci_process_state,
			 type_oci_features;

/* A configuration and where each part of it stands in its file. */
struct config {
	struct json_doc doc;
	struct oci_spec spec;
};

/*
 * Reads the configuration at @path (config.md) and validates it. All that is
 * wrong with it goes to @found, warnings too; the error then holds all errors.
 */
struct err *spec_load(struct arena *a, const char *path, struct config *config,
		      findings *found) MUST_CHECK;

/* The same for text that is already there; @name is what messages call it. */
struct err *spec_read(struct arena *a, const char *name, const char *text, size_t size,
		      struct config *config, findings *found) MUST_CHECK;

/* The rules that the text of the specification has beyond types. Pure. */
void spec_validate(struct arena *a, const struct config *config, findings *found);

/*
 * The same for a part that stands alone: the process of `hull exec`, the
 * resources of `hull update`. @part was decoded from @doc as a @t.
 */
void spec_validate_part(struct arena *a, const struct json_doc *doc, const struct type *t,
			const void *part, findings *found);

/* The configuration that `hull spec` writes; @rootless as for an ordinary user. Static. */
void spec_example(struct arena *a, bool rootless, bool cgroup_namespace, uint32_t uid,
		  uint32_t gid, struct oci_spec *spec);

#endif
