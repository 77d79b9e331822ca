/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, "Control groups". */
#include "tables.h"

/* clang-format off */

#define S struct oci_device_rule
static const struct field device_rule_fields[] = {
	F(S, allow,  "allow",  REQUIRED),
	F(S, type,   "type",   0),
	F(S, major,  "major",  0),
	F(S, minor,  "minor",  0),
	F(S, access, "access", 0),
	{ 0 }
};
OBJECT(oci_device_rule, device_rule_fields);
#undef S

#define S struct oci_memory
static const struct field memory_fields[] = {
	F(S, limit,               "limit",             0),
	F(S, reservation,         "reservation",       0),
	F(S, swap,                "swap",              0),
	F(S, kernel,              "kernel",            0),
	F(S, kernel_tcp,          "kernelTCP",         0),
	F(S, swappiness,          "swappiness",        0),
	F(S, disable_oom_killer,  "disableOOMKiller",  0),
	F(S, use_hierarchy,       "useHierarchy",      0),
	F(S, check_before_update, "checkBeforeUpdate", 0),
	{ 0 }
};
OBJECT(oci_memory, memory_fields);
#undef S

#define S struct oci_cpu
static const struct field cpu_fields[] = {
	F(S, shares,           "shares",          0),
	F(S, quota,            "quota",           0),
	F(S, burst,            "burst",           0),
	F(S, period,           "period",          0),
	F(S, realtime_runtime, "realtimeRuntime", 0),
	F(S, realtime_period,  "realtimePeriod",  0),
	F(S, cpus,             "cpus",            0),
	F(S, mems,             "mems",            0),
	F(S, idle,             "idle",            0),
	{ 0 }
};
OBJECT(oci_cpu, cpu_fields);
#undef S

#define S struct oci_pids
static const struct field pids_fields[] = {
	F(S, limit, "limit", 0),
	{ 0 }
};
static OBJECT(oci_pids, pids_fields);
#undef S

#define S struct oci_weight_device
static const struct field weight_device_fields[] = {
	F(S, major,       "major",      REQUIRED),
	F(S, minor,       "minor",      REQUIRED),
	F(S, weight,      "weight",     0),
	F(S, leaf_weight, "leafWeight", 0),
	{ 0 }
};
OBJECT(oci_weight_device, weight_device_fields);
#undef S

#define S struct oci_throttle_device
static const struct field throttle_device_fields[] = {
	F(S, major, "major", REQUIRED),
	F(S, minor, "minor", REQUIRED),
	F(S, rate,  "rate",  REQUIRED),
	{ 0 }
};
static OBJECT(oci_throttle_device, throttle_device_fields);
#undef S

#define S struct oci_block_io
static const struct field block_io_fields[] = {
	F(S, weight,             "weight",                  0),
	F(S, leaf_weight,        "leafWeight",              0),
	F_LIST(S, weight_device, "weightDevice",            oci_weight_device, 0),
	F_LIST(S, read_bps,      "throttleReadBpsDevice",   oci_throttle_device, 0),
	F_LIST(S, write_bps,     "throttleWriteBpsDevice",  oci_throttle_device, 0),
	F_LIST(S, read_iops,     "throttleReadIOPSDevice",  oci_throttle_device, 0),
	F_LIST(S, write_iops,    "throttleWriteIOPSDevice", oci_throttle_device, 0),
	{ 0 }
};
OBJECT(oci_block_io, block_io_fields);
#undef S

#define S struct oci_hugepage_limit
static const struct field hugepage_limit_fields[] = {
	F(S, page_size, "pageSize", REQUIRED),
	F(S, limit,     "limit",    REQUIRED),
	{ 0 }
};
OBJECT(oci_hugepage_limit, hugepage_limit_fields);
#undef S

#define S struct oci_priority
static const struct field priority_fields[] = {
	F(S, name,     "name",     REQUIRED),
	F(S, priority, "priority", REQUIRED),
	{ 0 }
};
static OBJECT(oci_priority, priority_fields);
#undef S

#define S struct oci_network
static const struct field network_fields[] = {
	F(S, class_id,        "classID",    0),
	F_LIST(S, priorities, "priorities", oci_priority, 0),
	{ 0 }
};
OBJECT(oci_network, network_fields);
#undef S

#define S struct oci_rdma
static const struct field rdma_fields[] = {
	F(S, hca_handles, "hcaHandles", 0),
	F(S, hca_objects, "hcaObjects", 0),
	{ 0 }
};
OBJECT(oci_rdma, rdma_fields);
#undef S

#define S struct oci_resources
static const struct field resources_fields[] = {
	F_LIST(S, devices,         "devices",        oci_device_rule, 0),
	F_OBJ(S, memory,           "memory",         oci_memory, 0),
	F_OBJ(S, cpu,              "cpu",            oci_cpu, 0),
	F_OBJ(S, pids,             "pids",           oci_pids, 0),
	F_OBJ(S, block_io,         "blockIO",        oci_block_io, 0),
	F_LIST(S, hugepage_limits, "hugepageLimits", oci_hugepage_limit, 0),
	F_OBJ(S, network,          "network",        oci_network, 0),
	F_MAP(S, rdma,             "rdma",           oci_rdma, 0),
	F_MAP(S, unified,          "unified",        json_pair, 0),
	{ 0 }
};
OBJECT(oci_resources, resources_fields);
#undef S
