/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_STATS_H
#define HULL_STATS_H

#include "hull/dir.h"
#include "hull/json.h"

/*
 * What a container uses: the document that `events` prints. Its members and
 * units are runc's, which containerd's go-runc reads; what cgroup v2 does not
 * tell (numbers of single processors, queues of disks, …) is left out, as
 * runc does. Zeros are left out, too, but for those that runc writes.
 *
 * All numbers are those of the cgroup and of all below it. A controller that
 * the cgroup does not have leaves its members zero.
 */
/* "some": the share of time in % in which a process waited; "full": in which all did. */
struct stats_stall {
	double avg10, avg60, avg300;
	uint64_t total;			/* µs */
};
struct stats_pressure { struct stats_stall some, full; };

struct stats_cpu_usage { uint64_t total, kernel, user; };			/* ns */
struct stats_throttling { uint64_t periods, throttled_periods, throttled_time; };	/* ns */
struct stats_cpu {
	struct stats_cpu_usage usage;
	struct stats_throttling throttling;
	struct stats_pressure *psi;	/* NULL: the kernel keeps none; so below */
};

/* What it may use at this moment. The numbers have no meaning in cgroup v2. */
typedef LIST(uint32_t) stats_cpus;
struct stats_cpuset {
	stats_cpus cpus, mems;
	uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page,
		 memory_spread_slab, memory_pressure, sched_load_balance, sched_relax_domain_level;
};

/* Bytes; no limit is UINT64_MAX. @max: the most that there ever was; @failcnt: limit was hit. */
struct stats_use { uint64_t limit, usage, max, failcnt; };
struct stats_memory {
	uint64_t cache;
	struct stats_use usage;
	struct stats_use swap;		/* together with memory, as in cgroup v1; so @max is unknown */
	struct stats_use kernel, kernel_tcp;	/* of their own in cgroup v1 alone: zero */
	LIST(struct json_count) raw;	/* memory.stat */
	struct stats_pressure *psi;
};

struct stats_pids { uint64_t current, limit; };	/* limit 0: none */

/* A number of a device. @op: "Read", "Write", "Discard"; NULL: it is of no operation. */
struct stats_io { uint64_t major, minor; char *op; uint64_t value; };
typedef LIST(struct stats_io) stats_ios;
struct stats_blkio {
	stats_ios bytes, operations;
	struct stats_pressure *psi;
	stats_ios cost_usage, cost_wait, cost_indebt, cost_indelay;	/* of iocost, µs; ours alone */
};

/* Bytes of huge pages of a size, "2MB". @failcnt: the limit was hit. */
struct stats_hugetlb { char *size; uint64_t usage, max, failcnt; };

/* resctrl: what the processor can do, and lines of schemata; see resctrl.rst. */
struct stats_l3_info { char *cbm_mask; uint64_t min_cbm_bits, num_closids; };
struct stats_mb_info { uint64_t bandwidth_gran, delay_linear, min_bandwidth, num_closids; };
struct stats_mbm { uint64_t total_bytes, local_bytes; };
struct stats_cmt { uint64_t llc_occupancy; };
struct stats_rdt {
	struct stats_l3_info *l3_info;
	char *l3_root, *l3;		/* the line of the root, and of the container's group */
	struct stats_mb_info *mb_info;
	char *mb_root, *mb;
	LIST(char *) schemata;
	LIST(struct stats_mbm) mbm;	/* one a domain */
	LIST(struct stats_cmt) cmt;
};

/* Beyond runc's document. */
struct stats_held { uint64_t usage, limit; };	/* no limit is UINT64_MAX */
struct stats_rdma { char *device; struct stats_held hca_handle, hca_object; };
struct stats_misc { char *resource; uint64_t usage, limit, max, failcnt; };

struct stats {
	struct stats_cpu cpu;
	struct stats_cpuset cpuset;
	struct stats_memory memory;
	struct stats_pids pids;
	struct stats_blkio blkio;
	LIST(struct stats_hugetlb) hugetlb;
	struct stats_rdt rdt;
	char *network_interfaces;	/* always NULL: runc lists those alone that it made itself */
	LIST(struct stats_rdma) rdma;
	LIST(struct stats_misc) misc;
};

/* A line of `events`. @type: "stats", or "oom" without data. */
struct stats_event { char *type, *id; struct stats *data; };

extern const struct type type_stats, type_stats_event;

/*
 * Reads the files of a cgroup (cgroup-v2.rst) into @s, which is zero. ESRCH:
 * the cgroup has been removed.
 */
struct err *stats_cgroup(struct arena *a, const struct dir *cgroup, struct stats *s) MUST_CHECK;

/* Adds those of a group of resctrl below @root; @monitor: its monitoring group, may be the same. */
struct err *stats_rdt(struct arena *a, const struct dir *root, const struct dir *group,
		      const struct dir *monitor, struct stats_rdt *rdt) MUST_CHECK;

/* The number after @key in a file that has a "KEY NUMBER" a line; 0 if there is none. */
uint64_t stats_value(const char *text, const char *key);

#endif
