/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container uses, in the form of `runc events`. REQUIRED is what runc
 * always writes; what stands behind its last member of an object is ours, and
 * is not there unless the kernel has it.
 */
#include "hull/stats.h"

/* clang-format off */

/* ---- cpu ---- */

#define S struct stats_stall
static const struct field stall_fields[] = {
	F(S, avg10,  "avg10",  REQUIRED),
	F(S, avg60,  "avg60",  REQUIRED),
	F(S, avg300, "avg300", REQUIRED),
	F(S, total,  "total",  REQUIRED),
	{ 0 }
};
static OBJECT(stats_stall, stall_fields);
#undef S

#define S struct stats_pressure
static const struct field pressure_fields[] = {
	F_IN(S, some, "some", stats_stall, REQUIRED),
	F_IN(S, full, "full", stats_stall, REQUIRED),
	{ 0 }
};
static OBJECT(stats_pressure, pressure_fields);
#undef S

#define S struct stats_cpu_usage
static const struct field cpu_usage_fields[] = {
	F(S, total,  "total",  0),
	F(S, kernel, "kernel", REQUIRED),
	F(S, user,   "user",   REQUIRED),
	{ 0 }
};
static OBJECT(stats_cpu_usage, cpu_usage_fields);
#undef S

#define S struct stats_throttling
static const struct field throttling_fields[] = {
	F(S, periods,           "periods",          0),
	F(S, throttled_periods, "throttledPeriods", 0),
	F(S, throttled_time,    "throttledTime",    0),
	{ 0 }
};
static OBJECT(stats_throttling, throttling_fields);
#undef S

#define S struct stats_cpu
static const struct field cpu_fields[] = {
	F_IN(S, usage,      "usage",      stats_cpu_usage,  REQUIRED),
	F_IN(S, throttling, "throttling", stats_throttling, REQUIRED),
	F_OBJ(S, psi,       "psi",        stats_pressure,   0),
	{ 0 }
};
static OBJECT(stats_cpu, cpu_fields);
#undef S

#define S struct stats_cpuset
static const struct field cpuset_fields[] = {
	F_NUMS(S, cpus,                "cpus",                     0),
	F(S, cpu_exclusive,            "cpu_exclusive",            REQUIRED),
	F_NUMS(S, mems,                "mems",                     0),
	F(S, mem_hardwall,             "mem_hardwall",             REQUIRED),
	F(S, mem_exclusive,            "mem_exclusive",            REQUIRED),
	F(S, memory_migrate,           "memory_migrate",           REQUIRED),
	F(S, memory_spread_page,       "memory_spread_page",       REQUIRED),
	F(S, memory_spread_slab,       "memory_spread_slab",       REQUIRED),
	F(S, memory_pressure,          "memory_pressure",          REQUIRED),
	F(S, sched_load_balance,       "sched_load_balance",       REQUIRED),
	F(S, sched_relax_domain_level, "sched_relax_domain_level", REQUIRED),
	{ 0 }
};
static OBJECT(stats_cpuset, cpuset_fields);
#undef S

/* ---- memory, pids, blkio, hugetlb ---- */

#define S struct stats_use
static const struct field use_fields[] = {
	F(S, limit,   "limit",   REQUIRED),
	F(S, usage,   "usage",   0),
	F(S, max,     "max",     0),
	F(S, failcnt, "failcnt", REQUIRED),
	{ 0 }
};
static OBJECT(stats_use, use_fields);
#undef S

#define S struct stats_memory
static const struct field memory_fields[] = {
	F(S, cache,         "cache",     0),
	F_IN(S, usage,      "usage",     stats_use,      REQUIRED),
	F_IN(S, swap,       "swap",      stats_use,      REQUIRED),
	F_IN(S, kernel,     "kernel",    stats_use,      REQUIRED),
	F_IN(S, kernel_tcp, "kernelTCP", stats_use,      REQUIRED),
	F_MAP(S, raw,       "raw",       json_count,     0),
	F_OBJ(S, psi,       "psi",       stats_pressure, 0),
	{ 0 }
};
static OBJECT(stats_memory, memory_fields);
#undef S

#define S struct stats_pids
static const struct field pids_fields[] = {
	F(S, current, "current", 0),
	F(S, limit,   "limit",   0),
	{ 0 }
};
static OBJECT(stats_pids, pids_fields);
#undef S

#define S struct stats_io
static const struct field io_fields[] = {
	F(S, major, "major", 0),
	F(S, minor, "minor", 0),
	F(S, op,    "op",    0),
	F(S, value, "value", 0),
	{ 0 }
};
static OBJECT(stats_io, io_fields);
#undef S

#define S struct stats_blkio
static const struct field blkio_fields[] = {
	F_LIST(S, bytes,        "ioServiceBytesRecursive", stats_io,       0),
	F_LIST(S, operations,   "ioServicedRecursive",     stats_io,       0),
	F_OBJ(S, psi,           "psi",                     stats_pressure, 0),
	F_LIST(S, cost_usage,   "ioCostUsage",             stats_io,       0),
	F_LIST(S, cost_wait,    "ioCostWait",              stats_io,       0),
	F_LIST(S, cost_indebt,  "ioCostIndebt",            stats_io,       0),
	F_LIST(S, cost_indelay, "ioCostIndelay",           stats_io,       0),
	{ 0 }
};
static OBJECT(stats_blkio, blkio_fields);
#undef S

#define S struct stats_hugetlb
static const struct field hugetlb_fields[] = {
	F(S, usage,   "usage",   0),
	F(S, max,     "max",     0),
	F(S, failcnt, "failcnt", REQUIRED),
	{ 0 }
};
static OBJECT(stats_hugetlb, hugetlb_fields);
#undef S

/* ---- intel_rdt ---- */

#define S struct stats_l3_info
static const struct field l3_info_fields[] = {
	F(S, cbm_mask,     "cbm_mask",     0),
	F(S, min_cbm_bits, "min_cbm_bits", 0),
	F(S, num_closids,  "num_closids",  0),
	{ 0 }
};
static OBJECT(stats_l3_info, l3_info_fields);
#undef S

#define S struct stats_mb_info
static const struct field mb_info_fields[] = {
	F(S, bandwidth_gran, "bandwidth_gran", 0),
	F(S, delay_linear,   "delay_linear",   0),
	F(S, min_bandwidth,  "min_bandwidth",  0),
	F(S, num_closids,    "num_closids",    0),
	{ 0 }
};
static OBJECT(stats_mb_info, mb_info_fields);
#undef S

#define S struct stats_mbm
static const struct field mbm_fields[] = {
	F(S, total_bytes, "mbm_total_bytes", 0),
	F(S, local_bytes, "mbm_local_bytes", 0),
	{ 0 }
};
static OBJECT(stats_mbm, mbm_fields);
#undef S

#define S struct stats_cmt
static const struct field cmt_fields[] = {
	F(S, llc_occupancy, "llc_occupancy", 0),
	{ 0 }
};
static OBJECT(stats_cmt, cmt_fields);
#undef S

#define S struct stats_rdt
static const struct field rdt_fields[] = {
	F_OBJ(S, l3_info,   "l3_cache_info",        stats_l3_info, 0),
	F(S, l3_root,       "l3_cache_schema_root", 0),
	F(S, l3,            "l3_cache_schema",      0),
	F_OBJ(S, mb_info,   "mem_bw_info",          stats_mb_info, 0),
	F(S, mb_root,       "mem_bw_schema_root",   0),
	F(S, mb,            "mem_bw_schema",        0),
	F_STRS(S, schemata, "schemata",             0),
	F_LIST(S, mbm,      "mbm_stats",            stats_mbm,     0),
	F_LIST(S, cmt,      "cmt_stats",            stats_cmt,     0),
	{ 0 }
};
static OBJECT(stats_rdt, rdt_fields);
#undef S

/* ---- what runc does not have ---- */

#define S struct stats_held
static const struct field held_fields[] = {
	F(S, usage, "usage", REQUIRED),
	F(S, limit, "limit", REQUIRED),
	{ 0 }
};
static OBJECT(stats_held, held_fields);
#undef S

#define S struct stats_rdma
static const struct field rdma_fields[] = {
	F_IN(S, hca_handle, "hca_handle", stats_held, REQUIRED),
	F_IN(S, hca_object, "hca_object", stats_held, REQUIRED),
	{ 0 }
};
static OBJECT(stats_rdma, rdma_fields);
#undef S

#define S struct stats_misc
static const struct field misc_fields[] = {
	F(S, usage,   "usage",   REQUIRED),
	F(S, limit,   "limit",   REQUIRED),
	F(S, max,     "max",     0),
	F(S, failcnt, "failcnt", REQUIRED),
	{ 0 }
};
static OBJECT(stats_misc, misc_fields);
#undef S

/* ---- all of it ---- */

#define S struct stats
static const struct field stats_fields[] = {
	F_IN(S, cpu,             "cpu",                stats_cpu,     REQUIRED),
	F_IN(S, cpuset,          "cpuset",             stats_cpuset,  REQUIRED),
	F_IN(S, memory,          "memory",             stats_memory,  REQUIRED),
	F_IN(S, pids,            "pids",               stats_pids,    REQUIRED),
	F_IN(S, blkio,           "blkio",              stats_blkio,   REQUIRED),
	F_MAP(S, hugetlb,        "hugetlb",            stats_hugetlb, REQUIRED),
	F_IN(S, rdt,             "intel_rdt",          stats_rdt,     REQUIRED),
	F(S, network_interfaces, "network_interfaces", OR_NULL),
	F_MAP(S, rdma,           "rdma",               stats_rdma,    0),
	F_MAP(S, misc,           "misc",               stats_misc,    0),
	{ 0 }
};
OBJECT(stats, stats_fields);
#undef S

#define S struct stats_event
static const struct field event_fields[] = {
	F(S, type,     "type", REQUIRED),
	F(S, id,       "id",   REQUIRED),
	F_OBJ(S, data, "data", stats, 0),
	{ 0 }
};
OBJECT(stats_event, event_fields);
#undef S
