/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, but for resources and seccomp. */
#include "tables.h"

/* clang-format off */

#define S struct oci_namespace
static const struct field namespace_fields[] = {
	F(S, type, "type", REQUIRED),
	F(S, path, "path", 0),
	{ 0 }
};
OBJECT(oci_namespace, namespace_fields);
#undef S

#define S struct oci_time_offset
static const struct field time_offset_fields[] = {
	F(S, secs,     "secs",     0),
	F(S, nanosecs, "nanosecs", 0),
	{ 0 }
};
OBJECT(oci_time_offset, time_offset_fields);
#undef S

#define S struct oci_device
static const struct field device_fields[] = {
	F(S, type,      "type",     REQUIRED),
	F(S, path,      "path",     REQUIRED),
	F(S, major,     "major",    0),
	F(S, minor,     "minor",    0),
	F(S, file_mode, "fileMode", 0),
	F(S, uid,       "uid",      0),
	F(S, gid,       "gid",      0),
	{ 0 }
};
OBJECT(oci_device, device_fields);
#undef S

#define S struct oci_net_device
static const struct field net_device_fields[] = {
	F(S, name, "name", 0),
	{ 0 }
};
OBJECT(oci_net_device, net_device_fields);
#undef S

#define S struct oci_intel_rdt
static const struct field intel_rdt_fields[] = {
	F(S, clos_id,           "closID",           0),
	F_STRS(S, schemata,     "schemata",         0),
	F(S, l3_cache_schema,   "l3CacheSchema",    0),
	F(S, mem_bw_schema,     "memBwSchema",      0),
	F(S, enable_monitoring, "enableMonitoring", 0),
	{ 0 }
};
OBJECT(oci_intel_rdt, intel_rdt_fields);
#undef S

#define S struct oci_memory_policy
static const struct field memory_policy_fields[] = {
	F(S, mode,       "mode",  REQUIRED),
	F(S, nodes,      "nodes", 0),
	F_STRS(S, flags, "flags", 0),
	{ 0 }
};
static OBJECT(oci_memory_policy, memory_policy_fields);
#undef S

#define S struct oci_personality
static const struct field personality_fields[] = {
	F(S, domain,     "domain", REQUIRED),
	F_STRS(S, flags, "flags",  0),
	{ 0 }
};
OBJECT(oci_personality, personality_fields);
#undef S

#define S struct oci_linux
static const struct field linux_fields[] = {
	F_LIST(S, namespaces,     "namespaces",        oci_namespace, 0),
	F_LIST(S, uid_mappings,   "uidMappings",       oci_id_map, 0),
	F_LIST(S, gid_mappings,   "gidMappings",       oci_id_map, 0),
	F_MAP(S, time_offsets,    "timeOffsets",       oci_time_offset, 0),
	F_LIST(S, devices,        "devices",           oci_device, 0),
	F_MAP(S, net_devices,     "netDevices",        oci_net_device, 0),
	F(S, cgroups_path,        "cgroupsPath",       0),
	F_OBJ(S, resources,       "resources",         oci_resources, 0),
	F_OBJ(S, intel_rdt,       "intelRdt",          oci_intel_rdt, 0),
	F_OBJ(S, memory_policy,   "memoryPolicy",      oci_memory_policy, 0),
	F_MAP(S, sysctl,          "sysctl",            json_pair, 0),
	F_OBJ(S, seccomp,         "seccomp",           oci_seccomp, 0),
	F(S, rootfs_propagation,  "rootfsPropagation", 0),
	F_STRS(S, masked_paths,   "maskedPaths",       0),
	F_STRS(S, readonly_paths, "readonlyPaths",     0),
	F(S, mount_label,         "mountLabel",        0),
	F_OBJ(S, personality,     "personality",       oci_personality, 0),
	{ 0 }
};
OBJECT(oci_linux, linux_fields);
#undef S
