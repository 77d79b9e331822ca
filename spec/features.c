/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime can do: features.md, features-linux.md. A false one is written too. */
#include "tables.h"

/* clang-format off */

#define S struct oci_enabled
static const struct field enabled_fields[] = {
	F(S, enabled, "enabled", REQUIRED),
	{ 0 }
};
static OBJECT(oci_enabled, enabled_fields);
#undef S

#define S struct oci_features_cgroup
static const struct field cgroup_fields[] = {
	F(S, v1,           "v1",          REQUIRED),
	F(S, v2,           "v2",          REQUIRED),
	F(S, systemd,      "systemd",     REQUIRED),
	F(S, systemd_user, "systemdUser", REQUIRED),
	F(S, rdma,         "rdma",        REQUIRED),
	{ 0 }
};
static OBJECT(oci_features_cgroup, cgroup_fields);
#undef S

#define S struct oci_features_seccomp
static const struct field seccomp_fields[] = {
	F(S, enabled,              "enabled",        REQUIRED),
	F_STRS(S, actions,         "actions",        0),
	F_STRS(S, operators,       "operators",      0),
	F_STRS(S, archs,           "archs",          0),
	F_STRS(S, known_flags,     "knownFlags",     0),
	F_STRS(S, supported_flags, "supportedFlags", 0),
	{ 0 }
};
static OBJECT(oci_features_seccomp, seccomp_fields);
#undef S

#define S struct oci_features_intel_rdt
static const struct field intel_rdt_fields[] = {
	F(S, enabled,    "enabled",    REQUIRED),
	F(S, schemata,   "schemata",   REQUIRED),
	F(S, monitoring, "monitoring", REQUIRED),
	{ 0 }
};
static OBJECT(oci_features_intel_rdt, intel_rdt_fields);
#undef S

#define S struct oci_features_memory_policy
static const struct field memory_policy_fields[] = {
	F_STRS(S, modes, "modes", 0),
	F_STRS(S, flags, "flags", 0),
	{ 0 }
};
static OBJECT(oci_features_memory_policy, memory_policy_fields);
#undef S

#define S struct oci_mount_extensions
static const struct field mount_extensions_fields[] = {
	F_OBJ(S, idmap, "idmap", oci_enabled, 0),
	{ 0 }
};
static OBJECT(oci_mount_extensions, mount_extensions_fields);
#undef S

#define S struct oci_features_linux
static const struct field linux_fields[] = {
	F_STRS(S, namespaces,      "namespaces",      0),
	F_STRS(S, capabilities,    "capabilities",    0),
	F_OBJ(S, cgroup,           "cgroup",          oci_features_cgroup, 0),
	F_OBJ(S, seccomp,          "seccomp",         oci_features_seccomp, 0),
	F_OBJ(S, apparmor,         "apparmor",        oci_enabled, 0),
	F_OBJ(S, selinux,          "selinux",         oci_enabled, 0),
	F_OBJ(S, intel_rdt,        "intelRdt",        oci_features_intel_rdt, 0),
	F_OBJ(S, memory_policy,    "memoryPolicy",    oci_features_memory_policy, 0),
	F_OBJ(S, mount_extensions, "mountExtensions", oci_mount_extensions, 0),
	F_OBJ(S, net_devices,      "netDevices",      oci_enabled, 0),
	{ 0 }
};
static OBJECT(oci_features_linux, linux_fields);
#undef S

#define S struct oci_features
static const struct field features_fields[] = {
	F(S, version_min,        "ociVersionMin", REQUIRED),
	F(S, version_max,        "ociVersionMax", REQUIRED),
	F_STRS(S, hooks,         "hooks",         0),
	F_STRS(S, mount_options, "mountOptions",  0),
	F_OBJ(S, linux,          "linux",         oci_features_linux, 0),
	F_MAP(S, annotations,    "annotations",   json_pair, 0),
	F_STRS(S, potentially_unsafe_annotations, "potentiallyUnsafeConfigAnnotations", 0),
	{ 0 }
};
OBJECT(oci_features, features_fields);
#undef S
